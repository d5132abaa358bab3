import type { DatabaseConfig, JobContext, Log, ServerConfig } from '@sagekeep/contracts';
import { createEngine, type Engine } from '@sagekeep/engine';
import { createFolderStorage, createVault, type Vault } from '@sagekeep/storage';
import pg from 'pg';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, postgresUrl } from '../../support/servers.ts';

export * from './values.ts';

const silent: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
};

let jobs = 0;

export interface ContextOptions {
  readonly jobId?: string;
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  /** Called at every border; may throw or wait. */
  readonly onBorder?: (name: string) => Promise<void> | void;
}

export interface TestContext extends JobContext {
  readonly lines: string[];
  readonly phases: string[];
}

export function contextOf(options: ContextOptions = {}): TestContext {
  jobs += 1;
  const lines: string[] = [];
  const phases: string[] = [];
  return {
    jobId: options.jobId ?? `job-${process.pid}-${jobs}`,
    attempt: options.attempt ?? 1,
    actor: 'tester',
    signal: options.signal ?? new AbortController().signal,
    lines,
    phases,
    log: (line) => void lines.push(line),
    progress: ({ phase }) => void (phases.at(-1) === phase || phases.push(phase)),
    border: async (name) => options.onBorder?.(name),
  };
}

export interface World extends Disposable {
  readonly engine: Engine;
  readonly vault: Vault;
  readonly folder: string;
}

/** An engine with a storage of its own. */
export function worldOf(
  databases: readonly DatabaseConfig[],
  options: {
    servers?: readonly ServerConfig[];
    now?: () => Date;
    /** Another world's, to see its backups. */
    vault?: Vault;
    dockerHost?: string;
    restorePatienceMs?: number;
  } = {},
): World {
  const folder = temporaryFolder();
  const now = options.now ?? (() => new Date());
  const vault = options.vault ?? createVault({ storage: createFolderStorage({ folder: folder.path }), now });
  const engine = createEngine({
    vault,
    databases,
    servers: options.servers ?? [],
    log: silent,
    killGraceMs: 2000,
    restorePatienceMs: options.restorePatienceMs ?? 60_000,
    dockerHost: options.dockerHost ?? null,
    toolVersion: 'test',
    now,
  });
  return { engine, vault, folder: folder.path, [Symbol.dispose]: () => folder.remove() };
}

/** One connection, closed afterwards; the rows of its last statement. */
export async function sql<Row = Record<string, unknown>>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(text);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last?.rows ?? []) as Row[];
  } finally {
    await client.end();
  }
}

/** Databases on the run's server whose name begins so, but for that very name. */
export async function siblings(dbname: string): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    postgresUrl(),
    `select datname as name from pg_database where starts_with(datname, ${pg.escapeLiteral(`${dbname}_`)}) order by 1`,
  );
  return rows.map((row) => row.name);
}

/** Drops what a test's restores left beside its database. */
export async function dropSiblings(dbname: string): Promise<void> {
  for (const name of await siblings(dbname)) {
    await administer((client) => client.query(`drop database ${pg.escapeIdentifier(name)} with (force)`));
  }
}

export async function count(url: string, table: string): Promise<number> {
  const [row] = await sql<{ count: string }>(url, `select count(*) from ${table}`);
  return Number(row?.count);
}
