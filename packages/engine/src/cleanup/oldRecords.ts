import type { CleanupAction } from '@sagekeep/contracts';
import { mapBounded, type RecordKind, type Records, type RecordTypes, type Vault } from '@sagekeep/storage';
import type { Removal } from './leftovers.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Restores and schedules are kept for ever: undo and the schedules themselves need them, and they are few. */
const lifeDays = { reports: 90, observations: 90, incidents: 365 } as const satisfies Partial<
  Record<RecordKind, number>
>;

/** Receipts of deliveries outlive their incident's record, or the ping of their run, by this. */
const receiptDays = 90;
const receiptsFolder = 'records/deliveries';
const readAtOnce = 16;

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
  const isOld = (kind: keyof typeof lifeDays, at: string | null) =>
    at !== null && now.getTime() - Date.parse(at) > lifeDays[kind] * dayMs;
  const old = [
    { kind: 'reports', ids: await idsOf(records, 'reports', ({ at }) => isOld('reports', at)) },
    {
      kind: 'observations',
      ids: await idsOf(records, 'observations', ({ at }) => isOld('observations', at)),
    },
    {
      kind: 'incidents',
      ids: await idsOf(records, 'incidents', ({ resolvedAt }) => isOld('incidents', resolvedAt)),
    },
  ] as const;
  return old
    .filter(({ ids }) => ids.length > 0)
    .map(({ kind, ids }) => ({
      action: deletionOf(`${ids.length} ${kind}`, lifeDays[kind]),
      async remove() {
        for (const id of ids) await records.remove(kind, id);
        return 0;
      },
    }));
}

/** There may be many of them: of each that is read no more is kept than its id. */
async function idsOf<K extends RecordKind>(
  records: Records,
  kind: K,
  wanted: (record: RecordTypes[K]) => boolean,
): Promise<string[]> {
  const ids = await mapBounded(await records.ids(kind), readAtOnce, async (id) => {
    const record = await records.get(kind, id);
    return record !== null && wanted(record) ? [id] : [];
  });
  return ids.flat();
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
