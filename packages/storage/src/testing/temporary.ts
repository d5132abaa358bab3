import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVault } from '../createVault.ts';
import { createFolderStorage } from '../folder/storage.ts';
import type { Storage } from '../port.ts';
import type { Vault } from '../vault.ts';
import { createMemoryStorage } from './memoryStorage.ts';

export interface TemporaryStorage extends AsyncDisposable {
  readonly folder: string;
  readonly storage: Storage;
}

/** A storage in a new folder, which disposing removes. */
export async function temporaryStorage(): Promise<TemporaryStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'sagekeep-storage-'));
  return {
    folder,
    storage: createFolderStorage({ folder }),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface ClockedVault {
  readonly storage: Storage;
  readonly vault: Vault;
  /** The vault's clock; tests set it. */
  clock: Date;
}
export interface TemporaryVault extends TemporaryStorage, ClockedVault {}

/** A vault in a new folder, with a clock that only the test moves. */
export async function temporaryVault(start = new Date()): Promise<TemporaryVault> {
  const place = await temporaryStorage();
  return Object.assign(clocked(place.storage, start), place);
}

/** A vault in memory, with a clock that only the test moves. */
export function memoryVault(start = new Date()): ClockedVault {
  return clocked(createMemoryStorage(), start);
}

function clocked(storage: Storage, start: Date): ClockedVault {
  const vault: Vault = createVault({ storage, now: () => subject.clock });
  const subject: ClockedVault = { storage, vault, clock: start };
  return subject;
}
