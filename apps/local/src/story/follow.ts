import { setTimeout as delay } from 'node:timers/promises';
import { Accepted, JobView, SagekeepError } from '@sagekeep/contracts';
import type { Client } from './client.ts';

export interface StoryTools {
  readonly client: Client;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A job that completed, and how long it took from when it was taken, ms. */
export interface Done {
  readonly job: JobView;
  readonly tookMs: number;
}

/** Posts, follows the job to its end and says each phase once. Throws what the job failed with. */
export async function runJob(tools: StoryTools, path: string, body: object): Promise<Done> {
  const { queue, jobId } = Accepted.parse(await tools.client.post(path, body));
  return followJob(tools, queue, jobId);
}

export async function followJob(tools: StoryTools, queue: string, id: string): Promise<Done> {
  let said = '';
  for (;;) {
    const job = JobView.parse(await tools.client.get(`/v1/jobs/${queue}/${encodeURIComponent(id)}`));
    const line = news(job);
    if (line !== '' && line !== said) tools.say(`  ${line}`);
    said = line;
    if (job.state === 'completed') return { job, tookMs: took(job) };
    if (job.state === 'failed') throw failed(job);
    await delay(150, undefined, { signal: tools.signal });
  }
}

/** One line per phase and per attempt that has to wait; the same text while nothing changed. */
function news(job: JobView): string {
  if (job.state === 'delayed') {
    return `attempt ${job.attempts.made} of ${job.attempts.of} did not succeed (${job.error?.message ?? 'no reason given'}); it is tried again`;
  }
  return job.phase ?? '';
}

/** The result of a completed job in the shape that the catalogue promises. */
export function resultOf<T>(shape: { parse(value: unknown): T }, done: Done): T {
  return shape.parse(done.job.result);
}

function took(job: JobView): number {
  if (job.startedAt === null || job.finishedAt === null) return 0;
  return Date.parse(job.finishedAt) - Date.parse(job.startedAt);
}

function failed(job: JobView): SagekeepError {
  const { error } = job;
  return new SagekeepError(
    'TOOL_FAILED',
    `The ${job.name} job failed: ${error?.message ?? 'no reason given'}`,
    {
      advice: error?.advice ?? `See the log of job ${job.id} in Bull Board.`,
    },
  );
}
