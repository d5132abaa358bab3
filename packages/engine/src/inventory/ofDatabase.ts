import type { Inventory, InventoryTable } from '@sagekeep/contracts';
import { type Connection, quoteIdentifier, quoteQualified } from '../server/index.ts';
import { type ClientTools, contentSettings, type RunningTool, startTool, together } from '../tools/index.ts';
import { feed } from './feed.ts';
import { readableName } from './names.ts';
import { createInventoryReader, type InventoryReader } from './reader.ts';
import { createRowScanner } from './rows.ts';
import type { Toc } from './toc.ts';

export interface InventorySource {
  readonly tools: ClientTools;
  readonly connection: Connection;
  readonly applicationName: string;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
  /** Settings by which the content is written, besides those that every reading has. */
  readonly settings?: Readonly<Record<string, string>>;
  /** An exported snapshot to read in. */
  readonly snapshot?: string;
  /** Tables whose columns stand in another order than here are read in this order. */
  readonly expected?: Inventory;
  /** Hears how many bytes of SQL were read since the last call, and the table. */
  readonly onBytes?: (bytes: number, table: string | null) => void;
}

function dumpArguments(source: InventorySource): string[] {
  const snapshot = source.snapshot === undefined ? [] : [`--snapshot=${source.snapshot}`];
  return ['--format=custom', '--compress=0', '--no-password', ...snapshot];
}

/** `pg_dump | pg_restore -f -`: reading a database by the very path that made the manifest's inventory. */
async function readAll(source: InventorySource, reader: InventoryReader): Promise<void> {
  const { applicationName, killGraceMs, tools } = source;
  await together(source.signal, (signal) => {
    const dump = startTool({
      file: tools.pgDump,
      args: dumpArguments(source),
      connection: source.connection,
      settings: { ...contentSettings, ...source.settings },
      applicationName,
      killGraceMs,
      signal,
    });
    const restore = startTool({ file: tools.pgRestore, args: ['--file=-'], killGraceMs, signal });
    const archive = async (from: RunningTool, to: RunningTool) => {
      // Not a pipeline: pg_restore closes its stdin as soon as it has the last block, before pg_dump has ended.
      for await (const chunk of from.stdout as AsyncIterable<Buffer>) {
        reader.archive(chunk);
        await feed(to.stdin, chunk);
      }
      to.stdin.end();
    };
    const sql = async (from: RunningTool) => {
      for await (const chunk of from.stdout as AsyncIterable<Buffer>) {
        reader.sql(chunk);
        source.onBytes?.(chunk.length, reader.current().table);
      }
    };
    return [
      dump.then((tool) => tool.done),
      restore.then((tool) => tool.done),
      Promise.all([dump, restore]).then(([from, to]) => archive(from, to)),
      restore.then(sql),
    ];
  });
}

/** The same columns, in another order than expected. */
function isReordered(
  actual: InventoryTable,
  expected: InventoryTable | undefined,
): expected is InventoryTable {
  if (expected === undefined || actual.root !== undefined) return false;
  if (actual.columns.join('\0') === expected.columns.join('\0')) return false;
  return [...actual.columns].sort().join('\0') === [...expected.columns].sort().join('\0');
}

async function readTable(
  source: InventorySource,
  toc: Toc,
  expected: InventoryTable,
): Promise<InventoryTable> {
  const entry = toc.entries.find(
    ({ type, namespace, tag }) => type === 'TABLE DATA' && readableName(namespace, tag) === expected.name,
  );
  const table = quoteQualified(entry?.namespace ?? '', entry?.tag ?? '');
  const columns = expected.columns.map(quoteIdentifier).join(', ');
  const rows = createRowScanner(expected.columns.length);
  await together(source.signal, (signal) => {
    const psql = startTool({
      file: source.tools.psql,
      args: ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', `COPY ${table} (${columns}) TO STDOUT`],
      connection: source.connection,
      settings: { ...contentSettings, ...source.settings, ...dumpSettings },
      applicationName: source.applicationName,
      killGraceMs: source.killGraceMs,
      signal,
    });
    const read = async ({ stdout, stdin }: RunningTool) => {
      stdin.end();
      for await (const chunk of stdout as AsyncIterable<Buffer>) {
        rows.scan(chunk, new DataView(chunk.buffer, chunk.byteOffset, chunk.length), 0);
      }
    };
    return [psql.then((tool) => tool.done), psql.then(read)];
  });
  const { nulls, ...counts } = rows.counts();
  return {
    name: expected.name,
    columns: expected.columns,
    ...counts,
    nulls: Object.fromEntries(expected.columns.map((column, index) => [column, nulls[index] ?? 0])),
  };
}

/** What pg_dump sets for its own session and `contentSettings` does not. */
const dumpSettings = {
  DateStyle: 'ISO',
  IntervalStyle: 'POSTGRES',
  extra_float_digits: '3',
  search_path: '',
  row_security: 'off',
} as const;

/**
 * The inventory of a database that nobody writes to, or of a snapshot: made by the same tools and the same path as a
 * backup's, so that the two can be compared. Reads everything once; memory stays flat.
 */
export async function inventoryOfDatabase(
  source: InventorySource,
): Promise<{ inventory: Inventory; toc: Toc }> {
  const reader = createInventoryReader();
  await readAll(source, reader);
  const inventory = reader.finish();
  const toc = reader.toc() as Toc;
  const wanted = new Map((source.expected?.tables ?? []).map((table) => [table.name, table]));
  const tables: InventoryTable[] = [];
  for (const table of inventory.tables) {
    const expected = wanted.get(table.name);
    tables.push(isReordered(table, expected) ? await readTable(source, toc, expected) : table);
  }
  return { inventory: { ...inventory, tables }, toc };
}
