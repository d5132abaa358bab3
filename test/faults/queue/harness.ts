import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Configuration, JobContext, JobState, JobView, Log, QueueName } from '@sagekeep/contracts';
import {
  createJobs,
  createWorkers,
  type JobRegistry,
  type Jobs,
  loadConfiguration,
  type Workers,
  type WorkersOptions,
} from '@sagekeep/runtime';
import { waitFor } from '../../support/events.ts';

/** For tests of what the end of a lock brings; the others have one that outlasts a machine that stands still for a while. */
export const shortLockMs = 2_000;
export const shortLock = { SAGEKEEP_LOCK: `${shortLockMs}ms` };

export interface Bench extends AsyncDisposable {
  readonly configuration: Configuration;
  readonly jobs: Jobs;
  /** Workers in this process; stopped at the end. Handlers that are not given refuse their job. */
  work(handlers: Partial<JobRegistry>, options?: Pick<WorkersOptions, 'timeouts'>): Promise<Workers>;
}

/** Queues of a test's own; their workers find at once what has stalled. */
export async function createBench(redis: {
  url: string;
  prefix: string;
  environment?: Record<string, string>;
}): Promise<Bench> {
  const environment = { ...benchEnvironment(redis), ...redis.environment };
  const configuration = loadConfiguration({ environment, cwd: '/' });
  const jobs = createJobs(configuration, quiet);
  const started: Workers[] = [];
  await waitFor(() => jobs.ready(), { what: 'the queues' });
  return {
    configuration,
    jobs,
    async work(handlers, options = {}) {
      const registry = registryOf(handlers);
      const workers = createWorkers({ configuration, log: quiet, registry, ...options });
      started.push(workers);
      await workers.ready();
      return workers;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((workers) => workers.stop({ now: true })));
      await jobs.close();
    },
  };
}

/** The environment of a worker that shares the bench's queues. */
export function benchEnvironment(redis: { url: string; prefix: string }): Record<string, string> {
  return {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    REDIS_URL: redis.url,
    SAGEKEEP_PREFIX: redis.prefix,
    SAGEKEEP_LOGS: '',
    SAGEKEEP_LOCK: '20s',
    SAGEKEEP_STALLED_INTERVAL: '300ms',
    SAGEKEEP_KILL_GRACE: '500ms',
    SAGEKEEP_SHUTDOWN_GRACE: '500ms',
    SAGEKEEP_BACKOFF_FACTOR: '0.01',
  };
}

export const quiet: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => quiet,
};

export function registryOf(handlers: Partial<JobRegistry>): JobRegistry {
  const refuse = () => Promise.reject(new Error('this bench has no such handler'));
  return {
    backup: refuse,
    plan: refuse,
    restore: refuse,
    undo: refuse,
    verify: refuse,
    prove: refuse,
    scrub: refuse,
    cleanup: refuse,
    monitor: refuse,
    deliver: refuse,
    ...handlers,
  };
}

export const done = { status: 'pass' as const, findings: [] };

/** What happened, in order, and someone to wait for it with. */
export interface Trace {
  readonly events: readonly string[];
  add(event: string): void;
  /** Resolves once this has happened `times` times. */
  reached(event: string, times?: number): Promise<void>;
}

export function createTrace(): Trace {
  const events: string[] = [];
  const emitter = new EventEmitter();
  const count = (event: string) => events.filter((each) => each === event).length;
  return {
    events,
    add(event) {
      events.push(event);
      emitter.emit('event');
    },
    async reached(event, times = 1) {
      while (count(event) < times) await once(emitter, 'event');
    },
  };
}

/** A child process that runs until the context's signal ends it; rejects with the reason once it is dead. */
export async function runChild(context: JobContext, trace: Trace): Promise<never> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(child, 'spawn');
  trace.add('child started');
  const ended = once(child, 'exit');
  const kill = () => {
    trace.add('aborted');
    child.kill('SIGTERM');
  };
  context.signal.addEventListener('abort', kill, { once: true });
  if (context.signal.aborted) kill();
  await ended;
  trace.add('child dead');
  throw context.signal.reason;
}

export function inState(
  jobs: Jobs,
  job: { queue: QueueName; id: string },
  ...states: JobState[]
): Promise<JobView> {
  return waitFor(
    async () => {
      const view = await jobs.get(job.queue, job.id).catch(() => undefined);
      return view !== undefined && states.includes(view.state) && view;
    },
    { what: `the job to be ${states.join(' or ')}` },
  );
}
