import { randomBytes } from 'node:crypto';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, queryOne, quoteIdentifier, type Session } from '../server/index.ts';

/** No dump has a schema of this name. */
const ownSchema = `sagekeep_amcheck_${randomBytes(6).toString('hex')}`;

/** Where the dump itself has put it. */
async function installedSchema(session: Session): Promise<string | null> {
  const [row] = await session.query<{ schema: string }>(
    `select nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where extname = 'amcheck'`,
  );
  return row?.schema ?? null;
}

/** Adds it to the scratch database, whatever schemas and event triggers that one has. Null when the role may not. */
async function install(session: Session): Promise<string | null> {
  try {
    await session.query("set session_replication_role = 'replica'");
    await session.query(`create schema ${ownSchema}`);
    await session.query(`create extension amcheck schema ${ownSchema}`);
    return ownSchema;
  } catch (error) {
    if (!isSagekeepError(error, 'PERMISSION_MISSING')) throw error;
    return null;
  }
}

/** The schema of its functions, or a note that says why there is none to use. */
async function provide(session: Session): Promise<{ schema: string } | { note: string }> {
  const [row] = await session.query(`select 1 from pg_available_extensions where name = 'amcheck'`);
  if (row === undefined)
    return { note: 'amcheck is not available on this server, so B-trees were not checked page by page.' };
  const installed = await installedSchema(session);
  const schema = installed ?? (await install(session));
  const forbidden = 'The role may not use amcheck (superuser), so B-trees were not checked page by page.';
  if (schema === null) return { note: forbidden };
  const name = quoteIdentifier(schema);
  const { allowed } = await queryOne<{ allowed: boolean }>(
    session,
    `select has_schema_privilege($1, 'usage')
        and has_function_privilege(to_regprocedure($2), 'execute') as allowed`,
    [schema, `${name}.bt_index_check(regclass)`],
  );
  return allowed ? { schema: name } : { note: forbidden };
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
  const settings = { statement_timeout: '0', search_path: 'pg_catalog' };
  await using session = await connect(connection, { ...options, settings });
  const amcheck = await provide(session);
  if ('note' in amcheck) return [amcheck.note];
  const indexes = await session.query<{ oid: number; name: string }>(
    `select c.oid, format('%I.%I', n.nspname, c.relname) as name
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_am a on a.oid = c.relam
      where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence <> 't' and i.indisvalid`,
  );
  for (const index of indexes) {
    try {
      await session.query(`select ${amcheck.schema}.bt_index_check($1::oid::regclass)`, [index.oid]);
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
