import type { Backup, Finding } from '@sagekeep/contracts';
import { isGoodRegular } from '@sagekeep/storage';
import { newest, newestLook } from '@sagekeep/watch';
import type { ApiDependencies } from '../dependencies.ts';
import { knownDatabases } from '../http/known.ts';
import type { MetricFacts } from './metrics.ts';

/** Failed jobs by reason, of the newest 200. None when Redis does not answer: `queue_up` tells that. */
export async function readFailures({ jobs }: ApiDependencies): Promise<MetricFacts['failures']> {
  const failed = await jobs.list({ state: 'failed', limit: 200 }).catch(() => ({ items: [] }));
  const counts = new Map<string, { job: string; code: string; count: number }>();
  for (const { name: job, error } of failed.items) {
    const code = error?.code ?? 'INTERNAL';
    const known = counts.get(`${job} ${code}`);
    counts.set(`${job} ${code}`, { job, code, count: (known?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** When each database's newest good backup was taken. None when the storage cannot be read. */
export async function readSuccesses(dependencies: ApiDependencies): Promise<MetricFacts['successes']> {
  const { vault, configuration } = dependencies;
  const { backups } = await vault.catalogue.list().catch(() => ({ backups: [] }));
  const databases = await knownDatabases(dependencies).catch(() => configuration.databases);
  return databases.flatMap(({ name }) => lastSuccess(name, backups) ?? []);
}

/** Safety backups are not what was asked for, and those whose proof failed are no success. */
export function lastSuccess(
  database: string,
  backups: readonly Backup[],
): MetricFacts['successes'][number] | null {
  const own = backups.filter(({ manifest }) => manifest.database === database);
  const last = newest(own.filter(isGoodRegular));
  return last && { database, at: last.manifest.snapshotAt };
}

/** Durations of the phases of each database's newest backup. None when the storage cannot be read. */
export async function readPhases(dependencies: ApiDependencies): Promise<MetricFacts['phases']> {
  const { vault, configuration } = dependencies;
  const { backups } = await vault.catalogue.list().catch(() => ({ backups: [] }));
  const databases = await knownDatabases(dependencies).catch(() => configuration.databases);
  return databases.flatMap(({ name: database }) => {
    const last = newest(backups.filter(({ manifest }) => manifest.database === database));
    return Object.entries(last?.manifest.timings ?? {}).map(([phase, ms]) => ({ database, phase, ms }));
  });
}

/** The newest look of the monitor. None before the first, and none when the storage cannot be read. */
export async function readLook({ vault }: ApiDependencies): Promise<MetricFacts['look']> {
  const look = await newestLook(vault).catch(() => null);
  if (look === null) return null;
  const { at, findings } = look;
  return { at, findings: Array.isArray(findings) ? (findings as Finding[]) : [] };
}
