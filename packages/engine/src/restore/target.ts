import { type DatabaseConfig, SagekeepError, type ServerConfig } from '@sagekeep/contracts';
import { parseMadeName } from '../lock/index.ts';
import { type Connection, noUrl, onDatabase, parseDatabaseUrl } from '../server/index.ts';

/** Where a restore goes. */
export interface Target {
  readonly database: DatabaseConfig;
  /** `own`, or the name of another configured server. */
  readonly server: string;
  /** Its dbname is the name that goes live. */
  readonly connection: Connection;
  /** The configured database that lives there now, whose engine backups are its safety; null when there is none. */
  readonly configured: DatabaseConfig | null;
}

export interface Configured {
  readonly databases: readonly DatabaseConfig[];
  readonly servers: readonly ServerConfig[];
}

const longestName = 63;

/** Throws `UNKNOWN_DATABASE`. */
export function databaseNamed(configured: Configured, name: string): DatabaseConfig {
  const found = configured.databases.find((database) => database.name === name);
  if (found !== undefined) return found;
  const known = configured.databases.map((database) => database.name).join(', ');
  throw new SagekeepError(
    'UNKNOWN_DATABASE',
    `There is no database ${JSON.stringify(name)} in the configuration.`,
    {
      advice: `Known are: ${known === '' ? 'none' : known}.`,
    },
  );
}

function urlOf(url: string | null, what: string): Connection {
  if (url === null) {
    throw new SagekeepError('CONFIGURATION_INVALID', `${what} has no URL here.`, {
      advice: 'Run this where the database URLs are configured: in a worker, or offline on the host.',
    });
  }
  return parseDatabaseUrl(url);
}

/** Throws `CONFIGURATION_INVALID` in a process that has no URLs, `SERVER_UNREACHABLE` for a container that it cannot reach. */
export function connectionOf(database: DatabaseConfig): Connection {
  if (database.url === null) throw noUrl(database);
  return parseDatabaseUrl(database.url);
}

function serverConnection(configured: Configured, database: DatabaseConfig, server: string): Connection {
  if (server === 'own') return connectionOf(database);
  const found = configured.servers.find((entry) => entry.name === server);
  if (found === undefined) {
    throw new SagekeepError(
      'UNKNOWN_SERVER',
      `There is no server ${JSON.stringify(server)} in the configuration.`,
      {
        advice: `Known are: ${['own', ...configured.servers.map((entry) => entry.name)].join(', ')}.`,
      },
    );
  }
  return urlOf(found.url, `The server ${found.name}`);
}

/** Seen from inside its container every server is at 127.0.0.1. */
export function isSameAddress(a: Connection, b: Connection): boolean {
  return a.host === b.host && a.port === b.port && a.inside?.container === b.inside?.container;
}

function isSameDatabase(a: Connection, b: Connection): boolean {
  return isSameAddress(a, b) && a.dbname === b.dbname;
}

/** Throws `UNKNOWN_DATABASE`, `UNKNOWN_SERVER`, `INVALID_INPUT` (a name that PostgreSQL would cut). */
export function resolveTarget(
  configured: Configured,
  wanted: { database: string; into?: string | undefined; server?: string | undefined },
): Target {
  const database = databaseNamed(configured, wanted.database);
  const server = wanted.server ?? 'own';
  const dbname = wanted.into ?? connectionOf(database).dbname;
  if (Buffer.byteLength(dbname) > longestName || dbname === '' || dbname.includes('\0')) {
    throw new SagekeepError('INVALID_INPUT', 'The name of the target is not one that PostgreSQL can hold.', {
      advice: `Choose a name of 1 to ${longestName} bytes.`,
      facts: { into: dbname },
    });
  }
  if (parseMadeName(dbname) !== null) {
    throw new SagekeepError(
      'INVALID_INPUT',
      `${JSON.stringify(dbname)} is a name of the kind that Sagekeep gives.`,
      {
        advice:
          'Choose another one: cleanup takes a database that is called so for one that was left behind.',
        facts: { into: dbname },
      },
    );
  }
  const connection = onDatabase(serverConnection(configured, database, server), dbname);
  const owner = configured.databases.find(
    (entry) => entry.url !== null && isSameDatabase(parseDatabaseUrl(entry.url), connection),
  );
  return { database, server, connection, configured: owner ?? null };
}

/** Like `resolveTarget`, for a proof: a server named in the configuration, the maintenance database does not matter. */
export function resolveServer(configured: Configured, database: DatabaseConfig, server: string): Connection {
  return serverConnection(configured, database, server);
}
