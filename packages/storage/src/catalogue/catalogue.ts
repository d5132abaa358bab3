import { type Backup, type DamagedBackup, isSagekeepError, Mark, SagekeepError } from '@sagekeep/contracts';
import { mapBounded } from '../concurrency.ts';
import { toJson } from '../json.ts';
import {
  compareIds,
  databaseOfId,
  folderOfId,
  isDatabaseFolder,
  manifestName,
  unknownBackup,
} from '../names.ts';
import type { Catalogue } from '../vault.ts';
import { withoutDuplicates } from './duplicates.ts';
import { type Examined, examine, type Reader } from './examine.ts';
import { kindOfMarkName, markName } from './marks.ts';
import { isProven } from './proven.ts';
import { isWhole } from './scrub.ts';

/** Backups looked at together. */
const concurrency = 8;

export function createCatalogue(reader: Reader, moveToTrash: (id: string) => Promise<string>): Catalogue {
  const { storage } = reader;

  async function foldersOf(prefix: string): Promise<string[]> {
    const children = await storage.children(prefix);
    return children
      .filter(({ kind, name }) => kind === 'folder' && !name.startsWith('.'))
      .map(({ name }) => name);
  }

  async function databases(): Promise<string[]> {
    const names = (await foldersOf('')).filter(isDatabaseFolder);
    const holdsBackups = await mapBounded(names, concurrency, async (name) =>
      (await foldersOf(name)).some((id) => databaseOfId(id) === name),
    );
    return names.filter((_, index) => holdsBackups[index]);
  }

  async function listDatabase(database: string): Promise<{ backups: Backup[]; damaged: DamagedBackup[] }> {
    const examined = await mapBounded(await foldersOf(database), concurrency, (id) =>
      examine(reader, { database, id }),
    );
    const whole = withoutDuplicates(examined.flatMap((e) => (e.kind === 'backup' ? [e.backup] : [])));
    return { backups: whole.backups, damaged: [...examined.flatMap(damagedOf), ...whole.damaged] };
  }

  async function list(filter: { database?: string; proven?: boolean } = {}) {
    const names =
      filter.database === undefined ? (await foldersOf('')).filter(isDatabaseFolder) : [filter.database];
    const lists = await mapBounded(names, 1, listDatabase);
    const wanted = (backup: Backup) => filter.proven === undefined || isProven(backup) === filter.proven;
    return {
      backups: lists
        .flatMap(({ backups }) => backups)
        .filter(wanted)
        .sort(newestFirst),
      damaged: lists.flatMap(({ damaged }) => damaged),
    };
  }

  async function get(id: string): Promise<Backup> {
    const database = databaseOfId(id);
    if (database === null) throw unknownBackup(id);
    const examined = await examine(reader, { database, id });
    if (examined.kind === 'nothing') throw unknownBackup(id);
    if (examined.kind === 'damaged') throw damagedManifest(id, examined.damaged.reason);
    const { damaged } = await listDatabase(database);
    const duplicate = damaged.find((other) => other.id === id);
    if (duplicate !== undefined) throw damagedManifest(id, duplicate.reason);
    return examined.backup;
  }

  return {
    list,
    get,
    databases,
    async newestProven(database) {
      return (await list({ database, proven: true })).backups[0] ?? null;
    },
    async byJob(database, jobId) {
      return (await list({ database })).backups.find(({ manifest }) => manifest.jobId === jobId) ?? null;
    },
    fileKey({ manifest }, name) {
      if (name !== manifestName && !manifest.files.some((file) => file.name === name))
        throw unknownFile(manifest.id, name);
      return `${folderOfId(manifest.id)}/${name}`;
    },
    async mark(id, mark) {
      const folder = folderOfId(id);
      if ((await storage.stat(`${folder}/${manifestName}`)) === null) throw unknownBackup(id);
      try {
        await storage.put(`${folder}/${markName(mark)}`, toJson(Mark.parse(mark)), {
          inExistingFolder: true,
        });
      } catch (error) {
        throw isSagekeepError(error, 'STORAGE_OBJECT_MISSING') ? unknownBackup(id) : error;
      }
    },
    async unmark(id, kind) {
      const folder = folderOfId(id);
      if ((await storage.stat(`${folder}/${manifestName}`)) === null) throw unknownBackup(id);
      for (const { name } of await storage.children(folder))
        if (kindOfMarkName(name) === kind) await storage.remove(`${folder}/${name}`);
    },
    async scrub({ manifest }, options) {
      const damaged: string[] = [];
      for (const file of manifest.files) {
        options?.signal?.throwIfAborted();
        const key = `${folderOfId(manifest.id)}/${file.name}`;
        if (!(await isWhole({ storage, key }, file, options))) damaged.push(file.name);
      }
      return damaged;
    },
    discard: moveToTrash,
  };
}

function damagedOf(examined: Examined): DamagedBackup[] {
  return examined.kind === 'damaged' ? [examined.damaged] : [];
}

function newestFirst(a: Backup, b: Backup): number {
  const byTime = Date.parse(b.manifest.snapshotAt) - Date.parse(a.manifest.snapshotAt);
  return byTime === 0 ? compareIds(b.manifest.id, a.manifest.id) : byTime;
}

function damagedManifest(id: string, reason: string): SagekeepError {
  return new SagekeepError('MANIFEST_DAMAGED', `${id} is no backup: ${reason}.`, {
    advice: 'Use another backup (`sagekeep list`); this one cannot be trusted.',
    facts: { backup: id, reason },
  });
}

function unknownFile(id: string, name: string): SagekeepError {
  return new SagekeepError('UNKNOWN_FILE', `The backup ${id} has no file ${JSON.stringify(name)}.`, {
    advice: `List its files with \`sagekeep show ${id}\`.`,
    facts: { backup: id, name },
  });
}
