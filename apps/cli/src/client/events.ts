import { JobView } from '@sagekeep/contracts';
import type { JobEvent } from '@sagekeep/runtime';
import { EventSourceParserStream } from 'eventsource-parser/stream';

/** The events of one open answer, until it ends. Names that this version does not know are passed over. */
export async function* eventsOf(response: Response): AsyncGenerator<JobEvent> {
  if (response.body === null) return;
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const message of messages) {
    const event = eventOf(message.event ?? 'message', message.data);
    if (event !== null) yield event;
  }
}

/** Exported for its tests. */
export function eventOf(name: string, data: string): JobEvent | null {
  const body: unknown = JSON.parse(data);
  if (name === 'log') return { type: 'log', line: lineOf(body) };
  if (name !== 'state' && name !== 'progress' && name !== 'completed' && name !== 'failed') return null;
  return { type: name, job: JobView.parse(hasKey(body, 'job') ? body.job : body) };
}

function lineOf(body: unknown): string {
  return hasKey(body, 'line') ? String(body.line) : String(body);
}

function hasKey<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value;
}
