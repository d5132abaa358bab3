import { SagekeepError } from '@sagekeep/contracts';
import { databaseOfId } from '@sagekeep/storage';
import type { Desk } from './desk.ts';

/** The database that was named, or the only one that there is. Throws `INVALID_INPUT` when that is not clear. */
export async function databaseOf(desk: Desk, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const names = await desk.databases();
  const [only] = names;
  if (names.length === 1 && only !== undefined) return only;
  throw new SagekeepError('INVALID_INPUT', 'Say which database.', {
    advice: names.length === 0 ? 'None is configured here.' : `These are configured: ${names.join(', ')}.`,
  });
}

/** What a restore, plan or proof is about. `source` is a backup's id, `latest`, or a file below the storage. */
export interface Target {
  readonly database: string;
  readonly source: string;
}

/**
 * Reads `<database> <source>`, or a lone backup id (which carries its database's name), or a lone source when only one
 * database is configured.
 */
export async function targetOf(desk: Desk, [first, second]: readonly [string, string?]): Promise<Target> {
  if (second !== undefined) return { database: first, source: second };
  const database = databaseOfId(first);
  if (database !== null) return { database, source: first };
  const known = await desk.databases();
  if (known.includes(first)) {
    throw new SagekeepError('INVALID_INPUT', `Say which backup of ${first}: its id, or latest.`, {
      advice: `See them with: sagekeep list ${first}`,
    });
  }
  return { database: await databaseOf(desk, undefined), source: first };
}

/** The source in the words of the HTTP bodies. */
export function sourceBody(source: string): { backup: string } | { file: string } {
  return source === 'latest' || databaseOfId(source) !== null ? { backup: source } : { file: source };
}
