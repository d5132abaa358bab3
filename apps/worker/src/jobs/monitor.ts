import { type Finding, isSagekeepError, type JobContext } from '@sagekeep/contracts';
import type { JobHandler } from '@sagekeep/runtime';
import { mapBounded } from '@sagekeep/storage';
import { checksFinding, type ServerDisk, toldByTargets } from '@sagekeep/watch';
import type { WorkerDependencies } from '../dependencies.ts';
import { lookAtQueues } from './lookAtQueues.ts';

/** Databases asked at once: each that does not answer takes its twenty seconds, and the look has ten minutes. */
const atOnce = 8;

/** The hourly look: the quick checks of every configured database, disks, Redis, queues, targets. */
export function createMonitorJob(dependencies: WorkerDependencies): JobHandler<'monitor'> {
  const { databases, watch, jobs, containers, now } = dependencies;
  return async (payload, context) => {
    const wanted = (await databases()).filter(
      ({ name, unreachable }) =>
        // Of labelled containers that nobody reaches the status tells.
        unreachable === undefined && (payload.database === undefined || payload.database === name),
    );
    const verified = await mapBounded(wanted, atOnce, ({ name }) => quickChecks(dependencies, name, context));
    const data = verified.flatMap(({ disk }) => disk ?? []);
    const heard = containers === null ? {} : { containers: { followedSince: containers.since() } };
    const findings = verified.flatMap((one) => one.findings);
    return watch.look({ verified: findings, data, ...heard, ...(await lookAtQueues(jobs, now())) });
  };
}

interface Checked {
  readonly findings: readonly Finding[];
  /** Null where nobody can tell. */
  readonly disk: ServerDisk | null;
}

/** The name goes before the title: one list holds several databases. One that cannot be asked hides no other. */
async function quickChecks(
  { engine }: WorkerDependencies,
  database: string,
  context: JobContext,
): Promise<Checked> {
  // Each database has a report of its own, which takes its id from the job.
  const own = { ...context, jobId: `${context.jobId}-${database}` };
  try {
    const { findings } = await engine.verify({ database, mode: 'quick', by: context.actor }, own);
    const named = findings
      .filter(({ id }) => !toldByTargets.has(id))
      .map((finding) => ({ ...finding, title: `${database}: ${finding.title}` }));
    return { findings: [...named, checksFinding(database, null)], disk: diskIn(database, findings) };
  } catch (error) {
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    const finding = checksFinding(database, why);
    return { findings: [isReplaced(error) ? { ...finding, status: 'skip' } : finding], disk: null };
  }
}

/** A restore has the database: nothing is wrong, and the next look tells more. */
function isReplaced(error: unknown): boolean {
  return isSagekeepError(error, 'LOCK_BUSY') || isSagekeepError(error, 'LOCK_LOST');
}

/** What the check of the server's disk has measured: the monitor tells from the trend when it will be full. */
function diskIn(database: string, findings: readonly Finding[]): ServerDisk | null {
  const measured = findings.find(({ id }) => id === 'performance.disk')?.measures;
  const { freeBytes, totalBytes } = measured ?? {};
  return freeBytes === undefined || totalBytes === undefined ? null : { database, freeBytes, totalBytes };
}
