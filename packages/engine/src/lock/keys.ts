import { createHash } from 'node:crypto';

/**
 * What a lock stands for. `restore`: the right to change what the name holds. `content`: shared by whoever reads the
 * live database as a whole, exclusive for whoever replaces it. `made`: held as long as the attempt that made this very
 * database lives, so that a sweep can tell the dead from the living.
 */
export type LockScope = 'restore' | 'content' | 'made';
export type LockMode = 'shared' | 'exclusive';

/** The advisory lock's key: 64 bits of a digest over scope and dbname, as decimal text. */
export function lockKey(scope: LockScope, dbname: string): string {
  return createHash('sha256').update(`sagekeep:${scope}:${dbname}`).digest().readBigInt64BE().toString();
}
