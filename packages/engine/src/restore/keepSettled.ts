import type { RestoreRecord } from '@sagekeep/contracts';
import type { RestoreDependencies } from './dependencies.ts';
import { allRestores } from './record.ts';
import { restoreReport } from './restoreReport.ts';

/**
 * Keeps what `settle` has found out: the record, and the report of its job, which may have said otherwise or was never
 * written. A later attempt of the same job has a report of its own.
 */
export async function keepSettled(
  deps: Pick<RestoreDependencies, 'vault' | 'now'>,
  settled: RestoreRecord,
): Promise<void> {
  const { records } = deps.vault;
  await records.put('restores', settled.id, settled);
  const newest = (await allRestores(deps.vault)).find(({ jobId }) => jobId === settled.jobId);
  if (newest?.id === settled.id)
    await records.put('reports', settled.jobId, restoreReport(settled, deps.now()));
}
