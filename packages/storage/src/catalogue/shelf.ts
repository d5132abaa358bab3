import type { Backup, DamagedBackup } from '@sagekeep/contracts';
import { mapBounded } from '../concurrency.ts';
import { compareIds, databaseOfId, isDatabaseFolder } from '../names.ts';
import { purposeOf, withoutDuplicates } from './duplicates.ts';
import { type Examined, examine, type Reader } from './examine.ts';

/** Backups looked at together. */
const concurrency = 8;

/** The folders of the storage, one shelf per database. */
export interface Shelf {
  /** Folders at the root that a database may have. */
  databaseFolders(): Promise<string[]>;
  /** Those in which something looks like a backup. */
  databases(): Promise<string[]>;
  list(database: string): Promise<{ backups: Backup[]; damaged: DamagedBackup[] }>;
  /** The id of the backup that counts instead; null when this one counts. */
  duplicateOf(backup: Backup): Promise<string | null>;
}

export function createShelf(reader: Reader): Shelf {
  /** What every whole backup was made for, by id: manifests never change, so only new ids need a look. */
  const purposes = new Map<string, Map<string, string>>();

  async function foldersOf(prefix: string): Promise<string[]> {
    const children = await reader.storage.children(prefix);
    return children
      .filter(({ kind, name }) => kind === 'folder' && !name.startsWith('.'))
      .map(({ name }) => name);
  }

  async function look(database: string, ids: readonly string[]): Promise<Examined[]> {
    const examined = await mapBounded(ids, concurrency, (id) => examine(reader, { database, id }, 'brief'));
    const known = purposes.get(database) ?? new Map<string, string>();
    purposes.set(database, known);
    for (const { manifest } of examined.flatMap(backupOf)) known.set(manifest.id, purposeOf(manifest));
    return examined;
  }

  async function databaseFolders(): Promise<string[]> {
    return (await foldersOf('')).filter(isDatabaseFolder);
  }

  return {
    databaseFolders,
    async databases() {
      const names = await databaseFolders();
      const holdsBackups = await mapBounded(names, concurrency, async (name) =>
        (await foldersOf(name)).some((id) => databaseOfId(id) === name),
      );
      return names.filter((_, index) => holdsBackups[index]);
    },
    async list(database) {
      purposes.delete(database);
      const examined = await look(database, await foldersOf(database));
      const { backups, damaged } = withoutDuplicates(examined.flatMap(backupOf));
      return { backups, damaged: [...examined.flatMap(damagedOf), ...damaged] };
    },
    async duplicateOf({ manifest: { database, id, ...rest } }) {
      const ids = await foldersOf(database);
      await look(
        database,
        ids.filter((other) => !purposes.get(database)?.has(other)),
      );
      const purpose = purposeOf({ ...rest, database });
      const rivals = ids
        .filter((other) => purposes.get(database)?.get(other) === purpose && compareIds(other, id) < 0)
        .sort(compareIds);
      const [first] = (await look(database, rivals)).flatMap(backupOf);
      return first?.manifest.id ?? null;
    },
  };
}

function backupOf(examined: Examined): Backup[] {
  return examined.kind === 'backup' ? [examined.backup] : [];
}

function damagedOf(examined: Examined): DamagedBackup[] {
  return examined.kind === 'damaged' ? [examined.damaged] : [];
}
