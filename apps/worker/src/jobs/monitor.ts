import type { Finding, JobContext } from '@sagekeep/contracts';
import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';
import { lookAtQueues } from './lookAtQueues.ts';

/** The hourly look: the quick checks of every configured database, disks, Redis, queues, targets. */
export function createMonitorJob(dependencies: WorkerDependencies): JobHandler<'monitor'> {
  const { configuration, watch, jobs, containers, now } = dependencies;
  return async (payload, context) => {
    const names = configuration.databases.map(({ name }) => name);
    const wanted = names.filter((name) => payload.database === undefined || payload.database === name);
    const verified: Finding[] = [];
    for (const name of wanted) verified.push(...(await quickChecks(dependencies, name, context)));
    const heard = containers === null ? {} : { containers: { followedSince: containers.since() } };
    return watch.look({ verified, ...heard, ...(await lookAtQueues(jobs, now())) });
  };
}

/** The name goes before the title: one list holds several databases. */
async function quickChecks(
  { engine }: WorkerDependencies,
  database: string,
  context: JobContext,
): Promise<Finding[]> {
  // Each database has a report of its own, which takes its id from the job.
  const own = { ...context, jobId: `${context.jobId}-${database}` };
  const { findings } = await engine.verify({ database, mode: 'quick', by: context.actor }, own);
  return findings.map((finding) => ({ ...finding, title: `${database}: ${finding.title}` }));
}
