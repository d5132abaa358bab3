import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { JobEvent } from '@sagekeep/runtime';

export interface EventStreamOptions {
  /** Log lines that the client has seen before it lost the connection. */
  readonly linesSeen: number;
  /** How often a comment tells proxies and the client that the connection lives, ms. */
  readonly heartbeatMs: number;
  /** Aborted when the client has gone or the API closes. */
  readonly signal: AbortSignal;
}

/**
 * Writes a job's events as server-sent events until the last one. An event's id counts the log lines up to it, so
 * that a client that comes back is spared those that it has. Ends quietly when the signal is aborted.
 */
export async function writeEvents(
  events: AsyncIterable<JobEvent>,
  out: Writable,
  { linesSeen, heartbeatMs, signal }: EventStreamOptions,
): Promise<void> {
  const heartbeat = setInterval(() => out.write(': still here\n\n'), heartbeatMs);
  let lines = 0;
  try {
    out.write('retry: 2000\n\n');
    for await (const event of events) {
      if (signal.aborted) return;
      if (event.type === 'log') lines += 1;
      if (event.type === 'log' && lines <= linesSeen) continue;
      if (!out.write(format(event, Math.max(lines, linesSeen)))) await once(out, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

function format(event: JobEvent, id: number): string {
  const data = event.type === 'log' ? { line: event.line } : event.job;
  return `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
