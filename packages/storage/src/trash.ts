import { randomBytes } from 'node:crypto';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { kindOfMarkName } from './catalogue/marks.ts';
import { mapBounded } from './concurrency.ts';
import { attemptsFolder, folderOfId, manifestName, trashFolder, unknownBackup } from './names.ts';
import { type LivePin, livePins } from './pins.ts';
import type { Storage } from './port.ts';
import { isUnanswered } from './unanswered.ts';
import type { Trash } from './vault.ts';

/** Separates an id from what makes a trash entry's name unique; no id has it. */
const separator = '~';
/** Where a full disk has no room for a folder in the trash, an entry stays beside what it was, under a hidden name. */
const besidePrefix = `.trash${separator}`;
const keyPattern = /^(?:\.trash\/[^/]+\/[^/]+|(?:\.attempts\/)?[^/.][^/]*\/\.trash~[^/]+)$/;

export interface TrashCan extends Trash {
  /** First step of a deletion: see `Catalogue.discard`. A hold does not count for what is no backup: nobody can take it back. */
  discard(id: string, backup: { readonly mayBeWhole: boolean }): Promise<string>;
  /** Takes a folder out of sight in one step, whatever it holds. Returns the trash key. */
  throwAway(folder: string, as: { database: string; id: string }): Promise<string>;
}

export function createTrash(storage: Storage, now: () => Date): TrashCan {
  async function throwAway(
    folder: string,
    { database, id }: { database: string; id: string },
  ): Promise<string> {
    const name = `${id}${separator}${randomBytes(4).toString('hex')}`;
    const key = `${trashFolder}/${database}/${name}`;
    try {
      await storage.publish(folder, key);
      return key;
    } catch (error) {
      if (!isSagekeepError(error, 'STORAGE_FULL')) throw error;
      const beside = `${folder.slice(0, folder.lastIndexOf('/'))}/${besidePrefix}${name}`;
      await storage.publish(folder, beside);
      return beside;
    }
  }

  async function putBack(key: string): Promise<void> {
    await storage.publish(key, folderOfId(entryOf(key).id));
  }

  return {
    throwAway,
    async discard(id, { mayBeWhole }) {
      const folder = folderOfId(id);
      const protection = async (where: string) =>
        pinnedError(id, await livePins(storage, where, now())) ??
        (mayBeWhole && (await isHeld(storage, where)) ? heldError(id) : null);
      const before = await protection(folder);
      if (before !== null) throw before;
      const key = await throwAway(folder, entryOf(folder)).catch((error: unknown) => {
        throw isSagekeepError(error, 'STORAGE_OBJECT_MISSING') ? unknownBackup(id) : error;
      });
      // Somebody may have pinned or held it between our look and our step; whoever does later finds nothing.
      const after = await protection(key);
      if (after === null) return key;
      await putBack(key);
      throw after;
    },
    async list() {
      const keys = await trashKeys(storage);
      return await mapBounded(keys, 4, async (key) => ({
        key,
        ...entryOf(key),
        bytes: await bytesBelow(storage, key),
      }));
    },
    async empty(key) {
      if (!keyPattern.test(key)) throw notTrash(key);
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

/** Whether a name is that of a trash entry of this backup. */
export function isEntryOf(name: string, id: string): boolean {
  return name.includes(`${id}${separator}`);
}

/** Bytes of all objects below a prefix, as far as the storage tells. */
export async function bytesBelow(storage: Storage, prefix: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const object of storage.walk(prefix)) bytes += object.bytes;
  } catch (error) {
    if (!isUnanswered(error)) throw error;
  }
  return bytes;
}

/** Every entry: in the trash, and beside what was thrown away on a full disk. */
async function trashKeys(storage: Storage): Promise<string[]> {
  const keysBelow = async (prefix: string) => {
    const folders = (await storage.children(prefix)).filter(({ kind }) => kind === 'folder');
    const lists = await mapBounded(folders, 4, async ({ name }) => {
      const folder = prefix === '' ? name : `${prefix}/${name}`;
      return (await storage.children(folder)).map((child) => `${folder}/${child.name}`);
    });
    return lists.flat();
  };
  const keys = [
    ...(await keysBelow(trashFolder)),
    ...(await keysBelow('')),
    ...(await keysBelow(attemptsFolder)),
  ];
  return keys.filter((key) => keyPattern.test(key));
}

function entryOf(key: string): { database: string; id: string } {
  const [name = '', database = ''] = key.split('/').reverse();
  const plain = name.startsWith(besidePrefix) ? name.slice(besidePrefix.length) : name;
  return { database, id: plain.split(separator)[0] ?? plain };
}

async function isHeld(storage: Storage, folder: string): Promise<boolean> {
  return (await storage.children(folder)).some(({ name }) => kindOfMarkName(name) === 'hold');
}

function heldError(id: string): SagekeepError {
  return new SagekeepError('BACKUP_PROTECTED', `The backup ${id} is held.`, {
    advice: 'Take the hold back first.',
    facts: { backup: id },
  });
}

function pinnedError(id: string, pins: readonly LivePin[]): SagekeepError | null {
  if (pins.length === 0) return null;
  const owners = pins.map(({ owner }) => owner).join(', ');
  return new SagekeepError('BACKUP_PROTECTED', `The backup ${id} is being read by ${owners}.`, {
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
