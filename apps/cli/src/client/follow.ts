import { setTimeout as pause } from 'node:timers/promises';
import { isSagekeepError, JobView, type QueueName } from '@sagekeep/contracts';
import type { JobEvent } from '@sagekeep/runtime';
import { eventsOf } from './events.ts';
import type { Http } from './http.ts';

/** Which job, and how to wait between two tries; tests wait shorter. */
export interface Followed {
  readonly queue: QueueName;
  readonly id: string;
  readonly signal: AbortSignal;
  /** Between two polls or two connections, ms. */
  readonly pauseMs?: number;
  /** How long the API may stay away before the follower gives up, ms. */
  readonly patienceMs?: number;
  /** Heard once whenever the connection is lost. */
  readonly onLost?: () => void;
}

/**
 * A job's events until its end. Connects again when the stream breaks, without telling a log line twice; asks once a
 * second when there is no stream to be had. Rejects with `API_UNAVAILABLE` after `patienceMs` without an answer.
 */
export async function* follow(http: Http, job: Followed): AsyncGenerator<JobEvent> {
  const { pauseMs = 1000, patienceMs = 120_000 } = job;
  const told = { lines: 0 };
  let answeredAt = Date.now();
  let lost = false;
  while (!job.signal.aborted) {
    try {
      for await (const event of oneLook(http, job, told)) {
        answeredAt = Date.now();
        lost = false;
        const ended = event.type === 'completed' || event.type === 'failed';
        yield ended ? await settled(http, event) : event;
        if (ended) return;
      }
    } catch (error) {
      if (job.signal.aborted) return;
      if (!isPassing(error)) throw error;
      if (!lost) job.onLost?.();
      lost = true;
      if (Date.now() - answeredAt > patienceMs) throw error;
    }
    await pause(pauseMs, undefined, { signal: job.signal }).catch(() => undefined);
  }
}

/** The stream from its beginning; where it breaks before the end, the job as it is asked for now. */
async function* oneLook(http: Http, job: Followed, told: { lines: number }): AsyncGenerator<JobEvent> {
  let line = 0;
  try {
    const response = await http.stream(
      `/v1/jobs/${job.queue}/${encodeURIComponent(job.id)}/events`,
      job.signal,
    );
    for await (const event of eventsOf(response)) {
      if (event.type === 'log') {
        line += 1;
        if (line <= told.lines) continue;
        told.lines = line;
      }
      yield event;
      if (event.type === 'completed' || event.type === 'failed') return;
    }
  } catch (error) {
    if (job.signal.aborted || (isSagekeepError(error) && !isPassing(error))) throw error;
  }
  yield* asked(await http.get(`/v1/jobs/${job.queue}/${encodeURIComponent(job.id)}`, JobView), told);
}

/** The end may be told of a job that was read an instant before it: then its result is asked for. */
async function settled<E extends { job: JobView }>(http: Http, event: E): Promise<E> {
  const { queue, id, finishedAt } = event.job;
  if (finishedAt !== null) return event;
  return { ...event, job: await http.get(`/v1/jobs/${queue}/${encodeURIComponent(id)}`, JobView) };
}

function* asked(job: JobView, told: { lines: number }): Generator<JobEvent> {
  for (const line of job.log.slice(told.lines)) yield { type: 'log', line };
  told.lines = Math.max(told.lines, job.log.length);
  if (job.state === 'completed') yield { type: 'completed', job };
  else if (job.state === 'failed') yield { type: 'failed', job };
  else yield { type: 'progress', job };
}

function isPassing(error: unknown): boolean {
  return isSagekeepError(error) ? error.retryable || error.code === 'NOT_FOUND' : true;
}
