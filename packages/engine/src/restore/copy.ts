import { type Inventory, type JobContext, SagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, type Session } from '../server/index.ts';

/**
 * Names the indexes that exist and may not be used: a build that was cut off leaves such ones. A partitioned index holds
 * nothing, and pg_dump carries one that is not attached to every partition yet: its parts are looked at by themselves.
 */
export async function invalidIndexes(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
      where not (i.indisvalid and i.indisready and i.indislive) and c.relkind = 'i' order by 1`,
  );
  return rows.map((row) => row.name);
}

export function invalidIndexError(names: readonly string[]): SagekeepError {
  return new SagekeepError('INDEX_INVALID', `Indexes of the copy are not valid: ${names.join(', ')}.`, {
    advice:
      'The live database was not touched. Restore again; if it repeats, the index cannot be built from this data.',
    facts: { indexes: names },
  });
}

export interface CopyOptions {
  readonly connection: Connection;
  readonly applicationName: string;
  readonly context: JobContext;
}

/** Without statistics the first minutes after a swap are slow in the worst way: wrong plans. */
export async function analyze(options: CopyOptions): Promise<void> {
  await using session = await connect(options.connection, {
    applicationName: options.applicationName,
    signal: options.context.signal,
    settings: { statement_timeout: '0', synchronous_commit: 'off', default_transaction_read_only: 'off' },
  });
  await session.query('analyze');
}

/** Throws `INDEX_INVALID`. */
export async function checkIndexes(options: CopyOptions): Promise<void> {
  await using session = await connect(options.connection, {
    applicationName: options.applicationName,
    signal: options.context.signal,
  });
  const invalid = await invalidIndexes(session);
  if (invalid.length > 0) throw invalidIndexError(invalid);
}

/** How many indexes a dump builds: of pg_dump's entries, a CONSTRAINT is a primary key, unique or an exclusion constraint. */
export function indexesIn({ entries }: Inventory): number {
  return entries.filter(({ type }) => type === 'INDEX' || type === 'CONSTRAINT').length;
}

/** COPY text of all tables: what progress is counted against. */
export function contentBytes(inventory: Inventory): number {
  return inventory.tables.reduce((sum, table) => sum + table.bytes, inventory.largeObjects.bytes);
}
