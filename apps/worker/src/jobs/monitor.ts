import type { Finding, JobContext } from '@sagekeep/contracts';
import type { JobHandler } from '@sagekeep/runtime';
import { mapBounded } from '@sagekeep/storage';
import { checksFinding } from '@sagekeep/watch';
import type { WorkerDependencies } from '../dependencies.ts';
import { lookAtQueues } from './lookAtQueues.ts';

/** Databases asked at once: each that does not answer takes its ten seconds, and the look has ten minutes. */
const atOnce = 8;

/** `targets.rpo` says the same of the same backups. */
const saidByTargets = new Set(['performance.backup', 'performance.proof']);

/** The hourly look: the quick checks of every configured database, disks, Redis, queues, targets. */
export function createMonitorJob(dependencies: WorkerDependencies): JobHandler<'monitor'> {
  const { configuration, watch, jobs, containers, now } = dependencies;
  return async (payload, context) => {
    const names = configuration.databases.map(({ name }) => name);
    const wanted = names.filter((name) => payload.database === undefined || payload.database === name);
    const verified = await mapBounded(wanted, atOnce, (name) => quickChecks(dependencies, name, context));
    const heard = containers === null ? {} : { containers: { followedSince: containers.since() } };
    return watch.look({ verified: verified.flat(), ...heard, ...(await lookAtQueues(jobs, now())) });
  };
}

/** The name goes before the title: one list holds several databases. One that cannot be asked hides no other. */
async function quickChecks(
  { engine }: WorkerDependencies,
  database: string,
  context: JobContext,
): Promise<Finding[]> {
  // Each database has a report of its own, which takes its id from the job.
  const own = { ...context, jobId: `${context.jobId}-${database}` };
  try {
    const { findings } = await engine.verify({ database, mode: 'quick', by: context.actor }, own);
    const named = findings
      .filter(({ id }) => !saidByTargets.has(id))
      .map((finding) => ({ ...finding, title: `${database}: ${finding.title}` }));
    return [...named, checksFinding(database, null)];
  } catch (error) {
    context.signal.throwIfAborted();
    return [checksFinding(database, error instanceof Error ? error.message : String(error))];
  }
}
