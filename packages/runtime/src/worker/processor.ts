import {
  type Format,
  isJobName,
  isSagekeepError,
  type JobName,
  jobCatalogue,
  type Log,
  type QueueName,
  SagekeepError,
} from '@sagekeep/contracts';
import type { Job, Queue } from 'bullmq';
import type { Failure } from '../queues/failure.ts';
import { unreadableIn } from '../queues/mended.ts';
import type { Border } from './borders.ts';
import type { Cancellations } from './cancellations.ts';
import { createContext, type RunningContext } from './context.ts';
import type { CrashCounter } from './crashes.ts';
import { type JobHooks, runHook } from './hooks.ts';
import { keepLease } from './lease.ts';
import { earlierRun } from './overlap.ts';
import { abortReasons } from './reasons.ts';
import type { JobRegistry } from './registry.ts';
import type { Run, Runs } from './runs.ts';
import { servedBy } from './servedBy.ts';
import { endingOf, handBack } from './settle.ts';
import type { WaitClock } from './waits.ts';

/** How often a job may take its worker down before it is given up. */
const crashLimit = 3;

export interface ProcessorOptions {
  readonly queue: Queue;
  readonly queueName: QueueName;
  readonly registry: JobRegistry;
  readonly runs: Runs;
  readonly cancellations: Cancellations;
  readonly crashes: CrashCounter;
  readonly waits: WaitClock;
  readonly border: Border;
  readonly hooks: JobHooks;
  readonly timeouts: Readonly<Partial<Record<JobName, number>>>;
  readonly log: Log;
  readonly lockMs: number;
  readonly backoffFactor: number;
  readonly longestWaitMs: number;
  /** See `configuredFormats`. */
  formats(database: string): readonly Format[] | null;
  scrub(text: string): string;
  /** True while this worker shuts down. */
  stopping(): boolean;
}

type Processor = (job: Job, token: string | undefined, signal: AbortSignal | undefined) => Promise<unknown>;

/** What BullMQ calls for each job. Three parameters, or it hands over no signal. */
export function createProcessor(options: ProcessorOptions): Processor {
  // No default values here: they would make the function's length 1.
  return async (job, givenToken, signal) => {
    const token = givenToken ?? '';
    const id = job.id ?? '';
    const log = options.log.child({ jobId: id, queue: options.queueName, job: job.name });
    const earlier = options.runs.find(options.queueName, id);
    if (earlier !== undefined) {
      // This process lost the job without hearing of it and was given it again.
      earlier.controller.abort(abortReasons.claimLost());
      await earlier.ended;
      throw await handBack({ job, token, log }, abortReasons.claimLost());
    }
    if (options.stopping()) throw await handBack({ job, token, log }, abortReasons.handedBack());
    const run = options.runs.begin(options.queueName, id);
    signal?.addEventListener('abort', () => run.controller.abort(abortReasons.cancelled('the queue')));
    try {
      return await runJob({ ...options, log }, { job, token, run });
    } finally {
      run.end();
    }
  };
}

interface Start {
  readonly job: Job;
  readonly token: string;
  readonly run: Run;
}

async function runJob(options: ProcessorOptions, { job, token, run }: Start): Promise<unknown> {
  const { log, scrub, queueName } = options;
  const { signal } = run.controller;
  const lease = keepLease({
    job,
    token,
    lockMs: options.lockMs,
    onLost: () => run.controller.abort(abortReasons.claimLost()),
  });
  const running = createContext({ job, signal, log, border: options.border, scrub });
  try {
    const result = await attempt(options, { job, signal, running, controller: run.controller });
    await running.flush();
    await options.crashes.ended(queueName, run.id);
    await options.waits.over(queueName, run.id);
    return result;
  } catch (error) {
    const why: unknown = signal.aborted ? signal.reason : error;
    await cleared(options, run, why);
    const { backoffFactor, longestWaitMs, hooks } = options;
    const givenUp = (failure: Failure) => runHook({ job, log }, (ended) => hooks.failed(ended, failure));
    const waitsSince = () => options.waits.since(queueName, run.id);
    const about = { job, token, running, log, scrub, backoffFactor, longestWaitMs, givenUp, waitsSince };
    const told = await endingOf(why, about);
    await running.flush();
    throw told;
  } finally {
    lease.release();
  }
}

/** A lost claim is no orderly end: were it one, a job that always loses it would go round for ever. */
async function cleared(options: ProcessorOptions, run: Run, why: unknown): Promise<void> {
  if (isSagekeepError(why, 'CLAIM_LOST')) return;
  await options.crashes.ended(options.queueName, run.id);
  if (!isSagekeepError(why, 'LOCK_BUSY')) await options.waits.over(options.queueName, run.id);
  if (isSagekeepError(why, 'CANCELLED')) await options.cancellations.forget(options.queueName, run.id);
}

interface Attempt {
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly controller: AbortController;
  readonly running: RunningContext;
}

async function attempt(options: ProcessorOptions, about: Attempt): Promise<unknown> {
  const { job, signal, running } = about;
  const name = knownName(job.name, options.queueName);
  const skipped = await unlessAborted(signal, prepare(options, about));
  if (skipped !== null) return { skipped };
  const { hooks, log } = options;
  const payload = parsed(name, job.data);
  const timeoutMs = options.timeouts[name] ?? jobCatalogue[name].timeoutMs;
  const timer = setTimeout(() => about.controller.abort(abortReasons.timeout(timeoutMs)), timeoutMs);
  try {
    signal.throwIfAborted();
    const handler = options.registry[name] as (payload: unknown, context: unknown) => Promise<unknown>;
    await runHook({ job, log }, (begun) => hooks.started(begun));
    const result: unknown = jobCatalogue[name].result.parse(await handler(payload, running.context));
    await runHook({ job, log }, (ended) => hooks.completed(ended, result));
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** All that Redis is asked before the work starts. Resolves with why the run is skipped, or null. */
async function prepare(options: ProcessorOptions, { job, running }: Attempt): Promise<string | null> {
  const id = job.id ?? '';
  await refuseUnreadable(options.queue, job);
  await options.cancellations.check(options.queueName, id);
  const crashes = await options.crashes.started(options.queueName, id);
  if (crashes > crashLimit) throw abortReasons.crashedRepeatedly(crashes);
  // A run that was interrupted had got past what it waited for.
  if (crashes > 0) await options.waits.over(options.queueName, id);
  const skipped = await needless(options, job);
  const { late } = running.context;
  if (skipped !== null) running.context.log(skipped);
  else if (late !== null && job.attemptsStarted <= 1) running.context.log(late);
  return skipped;
}

/** Why this run of a schedule need not be; null when it has to. Throws when another job is about to make it needless. */
async function needless(options: ProcessorOptions, job: Job): Promise<string | null> {
  const earlier = await earlierRun(options.queue, job);
  if (earlier !== null)
    return `Skipped: the run of this schedule planned before (${earlier.id}) is still going.`;
  const server = await servedBy(options, job);
  if (server === null) return null;
  if (server.backup === null) throw abortReasons.servedBySoon(server.id);
  return `Joined: the job ${server.id} asked for the same and has made ${server.backup} since the planned time.`;
}

/** What BullMQ could not read it meets again when it ends the job, and trips over a parent then: that is taken away. */
async function refuseUnreadable(queue: Queue, job: Job): Promise<void> {
  const unreadable = unreadableIn(job);
  if (unreadable.length === 0) return;
  if (unreadable.includes('parent')) {
    const client = await queue.getBackend().client;
    await client.hdel(queue.toKey(job.id ?? ''), 'parent', 'parentKey');
  }
  throw new SagekeepError(
    'INVALID_INPUT',
    `The job is not whole in Redis: no JSON in ${unreadable.join(', ')}.`,
    {
      advice: 'Enqueue it anew through the API.',
      facts: { unreadable },
    },
  );
}

/** Redis may not answer for hours; an abort must not wait for it. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
    promise.catch(() => undefined);
  }
}

function knownName(name: string, queue: QueueName): JobName {
  if (isJobName(name) && jobCatalogue[name].queue === queue) return name;
  const shown = JSON.stringify(name.slice(0, 80));
  throw new SagekeepError('INVALID_INPUT', `The queue ${queue} has no job called ${shown}.`, {
    advice: 'Enqueue jobs through the API, which knows them.',
  });
}

function parsed(name: JobName, data: unknown): unknown {
  const result = jobCatalogue[name].payload.safeParse(data);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) => `${issue.path.map(String).join('.') || 'payload'}: ${issue.message}`,
  );
  throw new SagekeepError(
    'INVALID_INPUT',
    `The payload of this ${name} job is not one: ${faults.join('; ')}.`,
    {
      advice: 'Enqueue it anew through the API, which checks it.',
    },
  );
}
