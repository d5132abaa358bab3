import { type Backup, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { mapBounded } from '../concurrency.ts';
import { databaseOfId, folderOfId, manifestName, unknownBackup } from '../names.ts';
import type { TrashCan } from '../trash.ts';
import type { Catalogue, ListFilter } from '../vault.ts';
import { duplicateReason } from './duplicates.ts';
import { examine, type Reader } from './examine.ts';
import { createMarking } from './marking.ts';
import { newestFirst } from './order.ts';
import { isProven, isRegular } from './proven.ts';
import { damagedFiles } from './scrub.ts';
import { createShelf } from './shelf.ts';

export function createCatalogue(reader: Reader, moveToTrash: TrashCan['discard']): Catalogue {
  const { storage } = reader;
  const shelf = createShelf(reader);

  async function list(filter: ListFilter = {}) {
    const names = filter.database === undefined ? await shelf.databaseFolders() : [filter.database];
    const lists = await mapBounded(names, 1, (database) => shelf.list(database));
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
    const examined = await examine(reader, { database, id }, 'whole');
    if (examined.kind === 'nothing') throw unknownBackup(id);
    if (examined.kind === 'damaged' && examined.damaged.unread === true)
      throw unreadBackup(id, examined.damaged.reason);
    if (examined.kind === 'damaged') throw damagedManifest(id, examined.damaged.reason);
    const duplicate = await shelf.duplicateOf(examined.backup);
    if (duplicate !== null) throw damagedManifest(id, duplicateReason(duplicate));
    return examined.backup;
  }

  async function mayBeWhole(id: string): Promise<boolean> {
    try {
      await get(id);
      return true;
    } catch (error) {
      if (isSagekeepError(error, 'MANIFEST_DAMAGED')) return error.facts['unread'] === true;
      if (isSagekeepError(error, 'UNKNOWN_BACKUP')) return false;
      throw error;
    }
  }

  return {
    list,
    get,
    databases: shelf.databases,
    async newestProven(database) {
      const { backups } = await list({ database, proven: true });
      const regular = backups.find(isRegular);
      const newest = regular ?? backups[0];
      return newest === undefined ? null : await get(newest.manifest.id);
    },
    async byJob(database, jobId) {
      const { backups } = await list({ database });
      const made = backups.filter(({ manifest }) => manifest.jobId === jobId).at(-1);
      return made === undefined ? null : await get(made.manifest.id);
    },
    fileKey({ manifest }, name) {
      if (name !== manifestName && !manifest.files.some((file) => file.name === name))
        throw unknownFile(manifest.id, name);
      return `${folderOfId(manifest.id)}/${name}`;
    },
    ...createMarking(storage),
    scrub: ({ manifest }, options) => damagedFiles(storage, manifest, options),
    discard: async (id) => moveToTrash(id, { mayBeWhole: await mayBeWhole(id) }),
  };
}

/** Of one that the storage does not let be read. */
function unreadBackup(id: string, reason: string): SagekeepError {
  return new SagekeepError('MANIFEST_DAMAGED', `${id} may be whole, but ${reason}.`, {
    advice: 'Look into the disk and the rights of the storage folder.',
    facts: { backup: id, reason, unread: true },
  });
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
