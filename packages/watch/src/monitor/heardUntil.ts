import { isSagekeepError } from '@sagekeep/contracts';
import type { Storage } from '@sagekeep/storage';

/** Where the storage has what was heard of a database's container. */
export const folderOf = (database: string) => `records/container-events/${database}`;
const keyOf = (database: string) => `${folderOf(database)}/heard`;

/**
 * Up to when the events of each database's container were heard, by whichever worker, in nanoseconds since 1970: a worker that
 * begins to listen asks for those of the time in which none did. Of a database without a record it is `begin` from now on.
 */
export async function heardUntil(
  storage: Storage,
  databases: readonly string[],
  begin: number,
): Promise<ReadonlyMap<string, number>> {
  const heard = new Map<string, number>();
  for (const database of databases) {
    const known = await readHeard(storage, database);
    // Where that cannot be kept the next worker begins anew; it must not cost the others what they have missed.
    if (known === null) await keepHeard(storage, database, begin).catch(() => undefined);
    // A clock that was set back must not have it deaf to what happens now.
    heard.set(database, Math.min(known ?? begin, begin));
  }
  return heard;
}

/** Containers are each of one Docker, and what one Docker tells is heard in its order. */
export async function keepHeard(storage: Storage, database: string, nano: number): Promise<void> {
  await storage.put(keyOf(database), JSON.stringify({ nano }));
}

/** Null also for what is damaged. */
async function readHeard(storage: Storage, database: string): Promise<number | null> {
  try {
    const kept = JSON.parse((await storage.read(keyOf(database), 1024)).toString('utf8')) as {
      readonly nano?: unknown;
    } | null;
    return typeof kept?.nano === 'number' ? kept.nano : null;
  } catch (error) {
    if (error instanceof SyntaxError || isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return null;
    throw error;
  }
}
