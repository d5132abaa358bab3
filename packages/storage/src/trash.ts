import { randomBytes } from 'node:crypto';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { folderOfId, manifestName, trashFolder, unknownBackup } from './names.ts';
import { type LivePin, livePins } from './pins.ts';
import type { Storage } from './port.ts';
import type { Trash } from './vault.ts';

/** Separates an id from what makes a trash entry's name unique; no id has it. */
const separator = '~';

export interface TrashCan extends Trash {
  /** First step of a deletion: see `Catalogue.discard`. */
  discard(id: string): Promise<string>;
  /** Takes a folder out of sight in one step, whatever it holds. Returns the trash key. */
  throwAway(folder: string, as: { database: string; id: string }): Promise<string>;
}

export function createTrash(storage: Storage, now: () => Date): TrashCan {
  async function throwAway(
    folder: string,
    { database, id }: { database: string; id: string },
  ): Promise<string> {
    const key = `${trashFolder}/${database}/${id}${separator}${randomBytes(4).toString('hex')}`;
    await storage.publish(folder, key);
    return key;
  }

  async function putBack(key: string): Promise<void> {
    await storage.publish(key, folderOfId(entryOf(key).id));
  }

  return {
    throwAway,
    async discard(id) {
      const folder = folderOfId(id);
      refusePinned(id, await livePins(storage, folder, now()));
      const key = await throwAway(folder, entryOf(`${trashFolder}/${folder}`)).catch((error: unknown) => {
        throw isSagekeepError(error, 'STORAGE_OBJECT_MISSING') ? unknownBackup(id) : error;
      });
      // A reader may have pinned it between our look and our step; whoever pins later finds nothing.
      const pins = await livePins(storage, key, now());
      if (pins.length > 0) await putBack(key);
      refusePinned(id, pins);
      return key;
    },
    async list() {
      const entries = [];
      for (const database of await storage.children(trashFolder)) {
        for (const { name } of await storage.children(`${trashFolder}/${database.name}`)) {
          const key = `${trashFolder}/${database.name}/${name}`;
          entries.push({ key, ...entryOf(key), bytes: await bytesBelow(storage, key) });
        }
      }
      return entries;
    },
    async empty(key) {
      if (!key.startsWith(`${trashFolder}/`)) throw notTrash(key);
      const isBackup = (await storage.stat(`${key}/${manifestName}`)) !== null;
      if (isBackup && (await livePins(storage, key, now())).length > 0) {
        await putBack(key);
        return 0;
      }
      // Without its manifest the rest can never come back as a backup, however far removing gets.
      const manifest = await storage.remove(`${key}/${manifestName}`);
      return manifest + (await storage.remove(key));
    },
  };
}

/** Bytes of all objects below a prefix. */
export async function bytesBelow(storage: Storage, prefix: string): Promise<number> {
  let bytes = 0;
  for await (const object of storage.walk(prefix)) bytes += object.bytes;
  return bytes;
}

function entryOf(key: string): { database: string; id: string } {
  const [, database = '', name = ''] = key.split('/');
  return { database, id: name.split(separator)[0] ?? name };
}

function refusePinned(id: string, pins: readonly LivePin[]): void {
  if (pins.length === 0) return;
  const owners = pins.map(({ owner }) => owner).join(', ');
  throw new SagekeepError('BACKUP_PROTECTED', `The backup ${id} is being read by ${owners}.`, {
    advice: 'Delete it when that is done.',
    facts: { backup: id, owners },
    retryable: true,
  });
}

function notTrash(key: string): SagekeepError {
  return new SagekeepError('STORAGE_KEY_INVALID', `${JSON.stringify(key)} is not in the trash.`, {
    facts: { key },
  });
}
