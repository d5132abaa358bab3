import { BackupId, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import type { ApiDependencies } from '../dependencies.ts';
import { assertDatabase, assertServer, findBackup } from './known.ts';
import { invalidInput } from './problem.ts';

interface Restorable {
  readonly database: string;
  readonly backup?: string | undefined;
  readonly file?: string | undefined;
  readonly server?: string | undefined;
}

/** Says at once what a plan or restore names wrongly, before a job is made of it. */
export async function assertRestorable(
  { configuration, vault }: Pick<ApiDependencies, 'configuration' | 'vault'>,
  asked: Restorable,
): Promise<void> {
  await assertDatabase({ configuration, vault }, asked.database);
  assertServer(configuration, asked.server);
  if ((asked.backup === undefined) === (asked.file === undefined)) {
    throw invalidInput([{ field: 'backup', message: 'give exactly one of backup and file' }]);
  }
  if (asked.file !== undefined && !isBelowRoot(asked.file)) {
    throw invalidInput([{ field: 'file', message: 'a path below the storage root, without ".."' }]);
  }
  if (asked.file !== undefined) await assertFile(vault, asked.file);
  if (asked.backup !== undefined && asked.backup !== 'latest') await assertBackup(vault, asked.backup);
}

function isBelowRoot(path: string): boolean {
  return !/\p{Cc}/u.test(path) && path.split('/').every((segment) => !['', '.', '..'].includes(segment));
}

async function exists(vault: Vault, key: string): Promise<boolean> {
  try {
    return (await vault.storage.stat(key)) !== null;
  } catch (error) {
    // What can be no file's name names none.
    if (isSagekeepError(error, 'STORAGE_KEY_INVALID')) return false;
    throw error;
  }
}

async function assertFile(vault: Vault, file: string): Promise<void> {
  // For a dump that its backup has lost, the same snapshot in the other format takes its place.
  const [database, id, ...name] = file.split('/');
  const isOfBackup = BackupId.safeParse(id).success && name.length === 1;
  if (await exists(vault, file)) return;
  if (isOfBackup && (await exists(vault, `${database}/${id}/manifest.json`))) return;
  throw new SagekeepError('UNKNOWN_FILE', `there is no file "${file}" below the storage root`, {
    advice: 'copy the dump into the backup folder and give its path below that folder',
  });
}

/** One that has lost a file is restored by its other dump, or its job says why not. */
async function assertBackup(vault: Vault, id: string): Promise<void> {
  try {
    await findBackup(vault, id);
  } catch (error) {
    if (!isSagekeepError(error, 'MANIFEST_DAMAGED')) throw error;
  }
}
