import { type Inventory, type JobContext, type Manifest, SagekeepError } from '@sagekeep/contracts';
import { settingMore } from '../../tools/index.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { ifThere } from '../ifThere.ts';
import type { Dump } from '../source.ts';
import { pathOf } from '../source.ts';
import { identify } from './identify.ts';
import { scanArchive } from './scanArchive.ts';
import { scanSql } from './scanSql.ts';

/** A dump without a manifest of ours: who wrote what into it, nobody can say. */
export interface Foreign {
  readonly dump: Dump;
  readonly trusted: boolean;
  /** Whether the definitions are known without running the file (archives only). */
  readonly hasDefinitions: boolean;
}

interface Facts {
  readonly inventory: Inventory;
  readonly serverVersion: string;
  readonly clientVersion: string;
  readonly extensions: readonly string[];
}

const noObjects: Inventory = {
  entries: [],
  tables: [],
  sequences: [],
  largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) },
};

/** Who wrote a script; unknown, too, where it was edited since for older servers and says no more what its writer did. */
function writerOf(text: string): string {
  const writer = /^-- Dumped by pg_dump version (.+)$/m.exec(text)?.[1] ?? 'unknown';
  const isEdited = Number.parseInt(writer, 10) >= settingMore && !/^SET transaction_timeout\b/m.test(text);
  return isEdited ? 'unknown' : writer;
}

async function sqlFacts(dump: Dump, head: Buffer, context: JobContext): Promise<Facts> {
  const text = head.toString('utf8');
  const tables = await scanSql(dump, context.signal);
  return {
    inventory: { ...noObjects, tables },
    serverVersion: /^-- Dumped from database version (.+)$/m.exec(text)?.[1] ?? 'unknown',
    clientVersion: writerOf(text),
    extensions: [...text.matchAll(/^CREATE EXTENSION (?:IF NOT EXISTS )?"?([\w-]+)"?/gm)].map(
      (match) => match[1] ?? '',
    ),
  };
}

async function archiveFacts(deps: RestoreDependencies, dump: Dump, context: JobContext): Promise<Facts> {
  const [tools] = (await deps.tools.installed()).toSorted((a, b) => b.versionNum - a.versionNum);
  if (tools === undefined) {
    throw new SagekeepError('TOOLS_MISSING', 'pg_restore was not found on this machine.', {
      advice: 'Install the client tools: apt-get install postgresql-client',
    });
  }
  const { signal } = context;
  const { inventory, toc } = await scanArchive(dump, { tools, signal, killGraceMs: deps.killGraceMs });
  return {
    inventory,
    serverVersion: toc.serverVersion,
    clientVersion: toc.dumpVersion,
    extensions: toc.entries.filter((entry) => entry.type === 'EXTENSION').map((entry) => entry.tag),
  };
}

/** `17.2 (Debian …)` → 170002; 0 when it says nothing. */
export function versionNum(text: string): number {
  const match = /^(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return 0;
  return Number(match[1]) * 10_000 + Number(match[2] ?? 0);
}

/** What a manifest would say, as far as the file itself tells it. Its properties are put in once the target's are known. */
function standIn(key: string, facts: Facts, deps: RestoreDependencies): Manifest {
  const at = deps.now().toISOString();
  return {
    version: 1,
    id: key,
    database: 'file',
    dbname: '',
    systemIdentifier: null,
    reason: 'manual',
    label: null,
    startedAt: at,
    finishedAt: at,
    snapshotAt: at,
    snapshot: '',
    serverVersion: facts.serverVersion,
    serverVersionNum: versionNum(facts.serverVersion),
    clientVersion: facts.clientVersion,
    container: null,
    extensions: facts.extensions.map((name) => ({ name, version: '', schema: '' })),
    roles: [],
    files: [],
    inventory: facts.inventory,
    warnings: [],
    properties: unknownProperties,
    databaseBytes: facts.inventory.tables.reduce((sum, table) => sum + table.bytes, 0),
    timings: {},
    jobId: '-',
    attempt: 1,
    toolVersion: '-',
  };
}

/** Used until the target's own are known. */
const unknownProperties: Manifest['properties'] = {
  owner: '',
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
  localeProvider: 'libc',
  icuLocale: null,
  icuRules: null,
  collationVersion: null,
  comment: null,
  connectionLimit: -1,
  acl: null,
  tablespace: 'pg_default',
  settings: [],
};

function unknownFile(key: string): SagekeepError {
  return new SagekeepError(
    'UNKNOWN_FILE',
    `There is no file ${JSON.stringify(key)} below the storage root.`,
    {
      advice: 'Copy the dump into the backup folder and give its path below that folder.',
      facts: { file: key },
    },
  );
}

/** Throws `UNKNOWN_FILE`, or what the storage says that cannot tell. */
export async function requireFile(vault: RestoreDependencies['vault'], key: string): Promise<void> {
  const hidden = key.split('/').some((segment) => segment.startsWith('.'));
  const stat = hidden ? null : await ifThere(vault.storage.stat(key));
  if (stat === null) throw unknownFile(key);
}

/**
 * Reads a file without a manifest to its end: what it is, that it is whole, and which rows its COPY streams hold.
 * Throws `UNKNOWN_FILE`, `INVALID_INPUT` (no dump) or `FILE_DAMAGED` (cut off) before anything is made.
 */
export async function inspectForeign(
  deps: RestoreDependencies,
  file: { key: string; trusted: boolean },
  context: JobContext,
): Promise<{ foreign: Foreign; manifest: Manifest }> {
  const { key, trusted } = file;
  await requireFile(deps.vault, key);
  const { dump, head } = await identify(pathOf(deps.vault, key), key);
  const facts =
    dump.format === 'sql' ? await sqlFacts(dump, head, context) : await archiveFacts(deps, dump, context);
  return {
    foreign: { dump, trusted, hasDefinitions: dump.format === 'custom' },
    manifest: standIn(key, facts, deps),
  };
}
