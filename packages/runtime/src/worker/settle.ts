import { isSagekeepError, type Log, type SagekeepError } from '@sagekeep/contracts';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { type Failure, formatFailure, parseFailure } from '../queues/failure.ts';
import type { RunningContext } from './context.ts';
import { abortReasons } from './reasons.ts';

const busyAgainMs = 10_000;

export interface Ending {
  readonly job: Job;
  readonly token: string;
  readonly running: RunningContext;
  readonly log: Log;
  readonly backoffFactor: number;
  /** How long a job may wait for another one before it fails. */
  readonly longestWaitMs: number;
  /** Since when this one waits, this time included; as milliseconds of the calendar. */
  waitsSince(): Promise<number>;
  scrub(text: string): string;
  /** Called when the job will not be tried again by itself. */
  givenUp(failure: Failure): Promise<void>;
}

/**
 * What BullMQ is to be told about a run that did not succeed. Resolves with the error to throw: none but a failure of
 * the job itself uses up an attempt. Only called when the run's children are dead.
 */
export async function endingOf(error: unknown, ending: Ending): Promise<Error> {
  if (isSagekeepError(error, 'CLAIM_LOST') || isSagekeepError(error, 'HANDED_BACK'))
    return handBack(ending, error);
  if (isSagekeepError(error, 'LOCK_BUSY')) {
    const waitedMs = Date.now() - (await ending.waitsSince());
    return waitedMs < ending.longestWaitMs
      ? waitPolitely(ending, error)
      : failure(abortReasons.waitedInVain(waitedMs, error), ending);
  }
  return failure(error, ending);
}

/** Puts the job back in front of the queue, if it is still ours. */
export async function handBack(ending: Pick<Ending, 'job' | 'token' | 'log'>, why: SagekeepError) {
  const { job, token, log } = ending;
  try {
    await job.moveToWait(token);
    log.info({ code: why.code }, 'the job was handed back');
  } catch (error) {
    // Not ours any more: whoever finds it stalled starts it again, and has all rights to.
    log.warn({ err: error, code: why.code }, 'the job could not be handed back; it will be found stalled');
  }
  return new WaitingError();
}

/** Another job holds what this one needs: it waits without holding a worker, and says for what. */
async function waitPolitely(ending: Ending, error: SagekeepError): Promise<Error> {
  const { job, token, running, scrub } = ending;
  const waiting = scrub(error.message);
  if (phaseOf(job) !== 'waiting') running.context.log(`Waits: ${waiting}`);
  running.context.progress({ progress: 0, phase: 'waiting', detail: waiting });
  await running.flush();
  const delay = busyAgainMs * ending.backoffFactor * (1 + Math.random() / 3);
  await job.moveToDelayed(Date.now() + Math.round(delay), token);
  return new DelayedError();
}

function phaseOf(job: Job): unknown {
  const progress: unknown = job.progress;
  return progress !== null && typeof progress === 'object' && 'phase' in progress ? progress.phase : null;
}

async function failure(error: unknown, ending: Ending): Promise<Error> {
  const { job, running, log, scrub } = ending;
  const text = scrub(formatFailure(error));
  const retryable = !isSagekeepError(error) || error.retryable;
  const last = !retryable || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  running.context.log(`Failed: ${text}${last ? '' : ' (will be tried again)'}`);
  if (last) log.error({ err: error }, 'the job failed');
  else log.warn({ err: error }, 'an attempt failed');
  if (last) await ending.givenUp(parseFailure(text));
  const told = retryable ? new Error(text) : new UnrecoverableError(text);
  told.stack = scrub(stackOf(error, text));
  return told;
}

function stackOf(error: unknown, text: string): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(isFrame) : [];
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
  return [text, ...frames, ...(cause === null ? [] : [`Cause: ${cause.message}`])].join('\n');
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}
