import type { QueueClient } from './client.ts';
import { rememberSeconds } from './options.ts';

/** What a request with a key came to that joined the job of another request. */
export interface Joined {
  readonly jobId: string;
  /** See `contentOf`: what the request asked for. The job tells only what the other one did. */
  readonly content: string;
}

export async function readJoined({ redis, keys }: QueueClient, id: string): Promise<Joined | null> {
  const text = await redis.get(keys.joined(id));
  const [, content, jobId] = /^(\w+) (.+)$/.exec(text ?? '') ?? [];
  return content === undefined || jobId === undefined ? null : { jobId, content };
}

export async function rememberJoined(
  { redis, keys }: QueueClient,
  id: string,
  joined: Joined,
): Promise<void> {
  await redis.set(keys.joined(id), `${joined.content} ${joined.jobId}`, 'EX', rememberSeconds);
}
