import type { CleanupAction } from '@sagekeep/contracts';
import type { RecordKind, Vault } from '@sagekeep/storage';
import type { Removal } from './leftovers.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Restores and schedules are kept for ever: undo and the schedules themselves need them, and they are few. */
const lifeDays = { reports: 90, observations: 90, incidents: 365 } as const satisfies Partial<
  Record<RecordKind, number>
>;

/** Receipts of deliveries outlive their incident's record, or the ping of their run, by this. */
const receiptDays = 90;
const receiptsFolder = 'records/deliveries';

/** Records that have had their time, one removal per kind. */
export async function findOldRecords(vault: Vault, now: Date): Promise<Removal[]> {
  return [...(await findOld(vault, now)), ...(await findOldReceipts(vault, now))];
}

/** One folder per incident or run of a backup. */
async function findOldReceipts({ storage, records }: Vault, now: Date): Promise<Removal[]> {
  const newest = new Map<string, number>();
  for await (const { key, modifiedAt } of storage.walk(receiptsFolder)) {
    const folder = key.slice(receiptsFolder.length + 1).split('/')[0] ?? '';
    newest.set(folder, Math.max(newest.get(folder) ?? 0, modifiedAt.getTime()));
  }
  const old: string[] = [];
  for (const [incident, at] of newest)
    if (now.getTime() - at > receiptDays * dayMs && (await records.get('incidents', incident)) === null)
      old.push(incident);
  if (old.length === 0) return [];
  return [
    {
      action: deletionOf(`receipts of ${old.length} incidents and runs`, receiptDays),
      async remove() {
        for (const incident of old) await storage.remove(`${receiptsFolder}/${incident}`);
        return 0;
      },
    },
  ];
}

async function findOld({ records }: Vault, now: Date): Promise<Removal[]> {
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
      action: deletionOf(`${ids.length} ${kind}`, lifeDays[kind]),
      async remove() {
        for (const { id } of ids) await records.remove(kind, id);
        return 0;
      },
    }));
}

function deletionOf(what: string, days: number): CleanupAction {
  return {
    subject: 'record',
    backup: what,
    database: '',
    action: 'delete',
    reason: `older than ${days} days`,
    bytes: 0,
  };
}
