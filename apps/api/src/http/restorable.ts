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
  assertDatabase(configuration, asked.database);
  assertServer(configuration, asked.server);
  if ((asked.backup === undefined) === (asked.file === undefined)) {
    throw invalidInput([{ field: 'backup', message: 'give exactly one of backup and file' }]);
  }
  if (asked.file !== undefined && !isBelowRoot(asked.file)) {
    throw invalidInput([{ field: 'file', message: 'a path below the storage root, without ".."' }]);
  }
  if (asked.backup !== undefined && asked.backup !== 'latest') await findBackup(vault, asked.backup);
}

function isBelowRoot(path: string): boolean {
  return !/\p{Cc}/u.test(path) && path.split('/').every((segment) => !['', '.', '..'].includes(segment));
}
