import type { RestoreRecord } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';

/** A restore's record, written to the storage at every change, so that its truth outlives whoever writes it. */
export interface Recorder {
  readonly record: RestoreRecord;
  update(patch: Partial<RestoreRecord>): Promise<RestoreRecord>;
}

export async function createRecorder(vault: Vault, first: RestoreRecord): Promise<Recorder> {
  let record = first;
  await vault.records.put('restores', record.id, record);
  return {
    get record() {
      return record;
    },
    async update(patch) {
      record = { ...record, ...patch };
      await vault.records.put('restores', record.id, record);
      return record;
    },
  };
}

/** `<database>_restore_<YYYYMMDD>_<HHMMSS>_<short id>`: sorts by time and names the attempt. */
export function restoreId(database: string, at: Date, shortId: string): string {
  const digits = at.toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '_');
  return `${database}_restore_${digits}_${shortId}`;
}

/** Every restore on record, newest first. Damaged records are left out. */
export async function allRestores(vault: Vault): Promise<RestoreRecord[]> {
  const { items } = await vault.records.list('restores');
  return items.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
}
