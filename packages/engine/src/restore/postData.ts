import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readToc, type TocEntry } from '../inventory/index.ts';
import { terminatePids } from '../lock/index.ts';
import { connect } from '../server/index.ts';
import { openPrivateFolder } from '../temporary/index.ts';
import type { LoadOptions } from './loadOptions.ts';
import { loadSettings } from './loadSettings.ts';
import { pgRestore } from './pgRestore.ts';
import { entryList, splitEntries } from './vectorIndexes.ts';
import { otherWay, type Way } from './way.ts';

/** What the archive holds, as far as the caller's own list has it. */
async function entriesToLoad(options: LoadOptions): Promise<readonly TocEntry[]> {
  const { entries } = await readToc(createReadStream(options.dump.path) as AsyncIterable<Buffer>);
  if (options.list === undefined) return entries;
  const listed = new Set((await readFile(options.list, 'utf8')).split('\n').map(Number.parseFloat));
  return entries.filter((entry) => listed.has(entry.dumpId));
}

async function loadEntries(options: LoadOptions, entries: readonly TocEntry[], way: Way): Promise<void> {
  await using folder = await openPrivateFolder();
  const list = join(folder.path, 'list');
  await writeFile(list, entryList(entries));
  const { serverMajor, reading } = options;
  const settings = loadSettings({ ...way, serverMajor, reading });
  await pgRestore(options, { section: 'post-data', jobs: way.jobs, settings, list });
}

/** After a failure: an index is built by one statement, so it is there as a whole or not at all. */
async function stillMissing(options: LoadOptions, entries: readonly TocEntry[]): Promise<TocEntry[]> {
  const { connection, applicationName, signal } = options;
  await using session = await connect(connection, { applicationName, signal });
  // What a tool was doing when it ended goes on for a moment.
  const others = await session.query<{ pid: number }>(
    `select pid from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = $1`,
    [applicationName],
  );
  await terminatePids(
    session,
    others.map(({ pid }) => pid),
  );
  const indexes = await session.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('i', 'I')`,
  );
  const present = new Set(indexes.map(({ schema, name }) => JSON.stringify([schema, name])));
  const isMissing = ({ type, namespace, tag }: TocEntry) =>
    type !== 'INDEX' || !present.has(JSON.stringify([namespace, tag]));
  // Attaching a partition and commenting may be done twice.
  return entries.filter(isMissing);
}

async function loadVectorIndexes(options: LoadOptions, entries: readonly TocEntry[]): Promise<void> {
  const indexes = entries.filter(({ type }) => type === 'INDEX').length;
  const { memoryBytes, memoryLimitBytes = memoryBytes, tryParallel: parallel } = options;
  let left = entries;
  let way: Way = { jobs: Math.min(options.jobs, indexes), memoryBytes, parallel };
  for (;;) {
    try {
      return await loadEntries(options, left, way);
    } catch (error) {
      const other = otherWay(error, way, memoryLimitBytes);
      if (other === null) throw error;
      options.onLine(other.line);
      way = other;
    }
    left = await stillMissing(options, left);
  }
}

/**
 * Indexes, constraints, triggers: all that comes after the rows. Vector indexes come after the others, share the memory
 * among themselves alone, and are built in another way when that memory, or /dev/shm, turns out to be too small.
 */
export async function loadPostData(options: LoadOptions): Promise<void> {
  const { vectorIndexes, last, others } = splitEntries(await entriesToLoad(options));
  const { jobs, memoryBytes, tryParallel } = options;
  const way: Way = { jobs, memoryBytes, parallel: tryParallel };
  if (vectorIndexes.length === 0) return loadEntries(options, [...others, ...last], way);
  await loadEntries(options, others, way);
  await loadVectorIndexes(options, vectorIndexes);
  if (last.length > 0) await loadEntries(options, last, way);
}
