import {
  type BackupPayload,
  type Container,
  type DatabaseConfig,
  type Format,
  type Manifest,
  SagekeepError,
} from '@sagekeep/contracts';
import { containerTrouble, inspectContainer } from '../docker/index.ts';
import {
  type Connection,
  connect,
  gigabytes,
  noUrl,
  parseDatabaseUrl,
  queryOne,
  type ServerVersion,
  serverVersion,
} from '../server/index.ts';
import { type ToolChoice, whereTheyRun } from '../tools/index.ts';
import { whatCannotBeCarried } from './cannotCarry.ts';
import type { BackupDependencies } from './dependencies.ts';
import { checkRights } from './rights.ts';

/** What is known before anything is read or written. */
export interface Preflight {
  readonly server: ServerVersion;
  readonly choice: ToolChoice;
  readonly container: Container | null;
  /** `pg_database_size`. */
  readonly databaseBytes: number;
  /** The newest backup of this database, to estimate by. */
  readonly previous: Manifest | null;
  readonly notes: readonly string[];
}

export function findDatabase(
  deps: BackupDependencies,
  name: string,
): { config: DatabaseConfig; connection: Connection } {
  const config = deps.databases.find((database) => database.name === name);
  if (config === undefined) {
    const known = deps.databases.map((database) => database.name);
    throw new SagekeepError('UNKNOWN_DATABASE', `No database called ${name} is configured.`, {
      advice:
        known.length === 0 ? 'Set DATABASE_URL or write a configuration.' : `Known: ${known.join(', ')}.`,
      facts: { known },
    });
  }
  if (config.url === null) throw noUrl(config);
  return { config, connection: parseDatabaseUrl(config.url) };
}

async function lookAtContainer(
  deps: BackupDependencies,
  config: DatabaseConfig,
  signal: AbortSignal,
): Promise<{ container: Container | null; notes: string[] }> {
  if (config.container === null) return { container: null, notes: [] };
  const look = await inspectContainer(deps.dockerHost, config.container, { signal });
  if (look.kind !== 'found') return { container: null, notes: [look.text] };
  const { name, image, digest } = look.container;
  const trouble = containerTrouble(look.container);
  return { container: { name, image, digest }, notes: trouble === null ? [] : [trouble] };
}

/**
 * What a new backup will take: for each format as much as the newest of the earlier backups that has it, and a tenth;
 * as much as the database itself when there is none.
 */
export function estimateBytes(
  earlier: readonly Manifest[],
  databaseBytes: number,
  formats: readonly Format[],
): number {
  const estimateOf = (format: Format): number => {
    for (const manifest of earlier) {
      const file = manifest.files.find((candidate) => candidate.format === format);
      if (file === undefined || manifest.databaseBytes === 0) continue;
      return (file.bytes * Math.max(1, databaseBytes / manifest.databaseBytes) * 11) / 10;
    }
    return databaseBytes;
  };
  return Math.ceil(formats.reduce((sum, format) => sum + estimateOf(format), 0));
}

async function checkSpace(deps: BackupDependencies, neededBytes: number): Promise<void> {
  await deps.vault.storage.probe();
  const space = await deps.vault.storage.space();
  if (space === null || space.freeBytes >= neededBytes) return;
  const message = `The backup will take about ${gigabytes(neededBytes)}; the storage has ${gigabytes(space.freeBytes)} free.`;
  throw new SagekeepError('SPACE_MISSING', message, {
    retryable: true,
    advice:
      'Free space below the storage folder, or let cleanup remove old backups: sagekeep cleanup --dry-run',
    facts: { neededBytes, freeBytes: space.freeBytes },
  });
}

export interface PreflightOptions {
  readonly config: DatabaseConfig;
  readonly connection: Connection;
  readonly payload: BackupPayload;
  readonly applicationName: string;
  readonly signal: AbortSignal;
}

/** Asks everything that can be asked before a long run: each failure is a clear error with advice. */
export async function preflight(deps: BackupDependencies, options: PreflightOptions): Promise<Preflight> {
  const { config, connection, applicationName, signal } = options;
  const { container, notes } = await lookAtContainer(deps, config, signal);
  await using session = await connect(connection, {
    applicationName,
    signal,
    settings: { statement_timeout: '60s', lock_timeout: '10s' },
  });
  const server = await serverVersion(session);
  const choice = await whereTheyRun(await deps.tools.forServer(server.major), { connection, signal });
  await checkRights(session);
  const missing = await whatCannotBeCarried(session);
  const { bytes } = await queryOne<{ bytes: string }>(
    session,
    'select pg_database_size(current_database())::text as bytes',
  );
  const databaseBytes = Number(bytes);
  const { backups } = await deps.vault.catalogue.list({ database: config.name });
  const earlier = backups.map(({ manifest }) => manifest);
  const formats = options.payload.formats ?? config.formats;
  await checkSpace(deps, estimateBytes(earlier, databaseBytes, formats));
  return {
    server,
    choice,
    container,
    databaseBytes,
    previous: earlier[0] ?? null,
    notes: [...notes, ...choice.warnings, ...missing],
  };
}
