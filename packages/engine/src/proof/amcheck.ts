import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, type Session } from '../server/index.ts';

async function available(session: Session): Promise<string | null> {
  const [row] = await session.query(`select 1 from pg_available_extensions where name = 'amcheck'`);
  if (row === undefined)
    return 'amcheck is not available on this server, so B-trees were not checked page by page.';
  try {
    await session.query('create extension if not exists amcheck');
    return null;
  } catch (error) {
    if (!isSagekeepError(error, 'PERMISSION_MISSING')) throw error;
    return 'The role may not use amcheck (superuser), so B-trees were not checked page by page.';
  }
}

/** `data_corrupted` and `index_corrupted`; a statement that was cancelled or ran out of something tells nothing. */
function tellsCorruption(error: unknown): error is SagekeepError {
  return isSagekeepError(error) && ['XX001', 'XX002'].includes(String(error.facts['sqlState']));
}

/**
 * Checks every B-tree of a scratch database by `amcheck`. Call it last: it may add the extension. Returns notes; throws
 * `INDEX_INVALID` when an index is corrupt.
 */
export async function checkBtrees(
  connection: Connection,
  options: { applicationName: string; signal: AbortSignal },
): Promise<string[]> {
  await using session = await connect(connection, { ...options, settings: { statement_timeout: '0' } });
  const note = await available(session);
  if (note !== null) return [note];
  const indexes = await session.query<{ oid: number; name: string }>(
    `select c.oid, format('%I.%I', n.nspname, c.relname) as name
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_am a on a.oid = c.relam
      where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence <> 't' and i.indisvalid`,
  );
  for (const index of indexes) {
    try {
      await session.query('select bt_index_check($1::oid::regclass)', [index.oid]);
    } catch (error) {
      if (!tellsCorruption(error)) throw error;
      throw new SagekeepError(
        'INDEX_INVALID',
        `The index ${index.name} of the copy is corrupt: ${error.message}`,
        {
          advice:
            'The data came back, its index did not: look into the hardware of the server that built it.',
          cause: error,
        },
      );
    }
  }
  return [];
}
