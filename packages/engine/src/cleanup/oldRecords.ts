import type { CleanupAction } from '@sagekeep/contracts';
import type { RecordKind, Vault } from '@sagekeep/storage';
import type { Removal } from './leftovers.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Restores and schedules are kept for ever: undo and the schedules themselves need them, and they are few. */
const lifeDays = { reports: 90, observations: 90, incidents: 365 } as const satisfies Partial<
  Record<RecordKind, number>
>;

/** Records that have had their time, one removal per kind. */
export async function findOldRecords({ records }: Vault, now: Date): Promise<Removal[]> {
  const before = (days: number) => (at: string | null) =>
    at !== null && now.getTime() - Date.parse(at) > days * dayMs;
  const [reports, observations, incidents] = await Promise.all([
    records.list('reports'),
    records.list('observations'),
    records.list('incidents'),
  ]);
  const old = [
    { kind: 'reports' as const, ids: reports.items.filter(({ at }) => before(lifeDays.reports)(at)) },
    {
      kind: 'observations' as const,
      ids: observations.items.filter(({ at }) => before(lifeDays.observations)(at)),
    },
    {
      kind: 'incidents' as const,
      ids: incidents.items.filter(({ resolvedAt }) => before(lifeDays.incidents)(resolvedAt)),
    },
  ];
  return old
    .filter(({ ids }) => ids.length > 0)
    .map(({ kind, ids }) => ({
      action: actionFor(kind, ids.length),
      async remove() {
        for (const { id } of ids) await records.remove(kind, id);
        return 0;
      },
    }));
}

function actionFor(kind: keyof typeof lifeDays, count: number): CleanupAction {
  return {
    subject: 'record',
    backup: `${count} ${kind}`,
    database: '',
    action: 'delete',
    reason: `older than ${lifeDays[kind]} days`,
    bytes: 0,
  };
}
