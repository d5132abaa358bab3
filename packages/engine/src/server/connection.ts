import { SagekeepError } from '@sagekeep/contracts';
import type { Inside } from '../exec/index.ts';

/** libpq's meaning of `sslmode`; `prefer` when a URL says nothing. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** Where a database is and who asks. Holds a password: never log, queue or show it; see `describeConnection`. */
export interface Connection {
  /** A host name, an address, or the folder of a Unix socket (starts with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  /** PostgreSQL's own name of the database, any characters. */
  readonly dbname: string;
  readonly sslMode: SslMode;
  /** Paths of certificate files, as libpq names them. */
  readonly sslRootCert: string | null;
  readonly sslCert: string | null;
  readonly sslKey: string | null;
  /** Set when only the server's own container reaches it: host and port are meant as seen from inside. */
  readonly inside?: Inside | null;
}

const sslModes: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

function invalid(what: string): SagekeepError {
  return new SagekeepError('CONFIGURATION_INVALID', `The database URL ${what}.`, {
    advice: 'Write it as postgres://user:password@host:5432/dbname, with special characters percent-encoded.',
  });
}

function parseUrl(text: string): URL {
  // The WHATWG parser refuses `user@/dbname`, libpq's way to write a URL without a host.
  for (const candidate of [text, text.replace('@/', '@localhost/')]) {
    if (URL.canParse(candidate)) return new URL(candidate);
  }
  throw invalid('cannot be read');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function portOf(text: string): number {
  const port = text === '' ? 5432 : Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('has no valid port');
  return port;
}

function sslModeOf(text: string | null): SslMode {
  if (text === null || text === '') return 'prefer';
  if (!sslModes.includes(text)) throw invalid('has an unknown sslmode');
  return text as SslMode;
}

/**
 * Reads a database URL. Names are percent-decoded, so a dbname with quotes, `=`, spaces or emoji works.
 * Throws `CONFIGURATION_INVALID`; the message never repeats the URL, because it may hold a password.
 */
export function parseDatabaseUrl(text: string): Connection {
  const url = parseUrl(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw invalid('does not start with postgres://');
  }
  const parameter = (name: string) => url.searchParams.get(name);
  const user = parameter('user') ?? (decode(url.username) || 'postgres');
  const host = parameter('host') ?? decode(url.hostname).replace(/^\[(.+)\]$/, '$1');
  return {
    host: host === '' ? 'localhost' : host,
    port: portOf(parameter('port') ?? url.port),
    user,
    password: parameter('password') ?? (decode(url.password) || null),
    dbname: parameter('dbname') ?? (decode(url.pathname.slice(1)) || user),
    sslMode: sslModeOf(parameter('sslmode')),
    sslRootCert: parameter('sslrootcert'),
    sslCert: parameter('sslcert'),
    sslKey: parameter('sslkey'),
    inside: insideOf(url),
  };
}

const insideParameters = { dockerHost: 'sagekeep_docker', container: 'sagekeep_container' } as const;

function insideOf(url: URL): Inside | null {
  const dockerHost = url.searchParams.get(insideParameters.dockerHost);
  const container = url.searchParams.get(insideParameters.container);
  return dockerHost === null || container === null ? null : { dockerHost, container };
}

/** The same URL, to be reached from inside a container; understood by `parseDatabaseUrl` only. */
export function urlInside(text: string, inside: Inside): string {
  const url = parseUrl(text);
  url.searchParams.set(insideParameters.dockerHost, inside.dockerHost);
  url.searchParams.set(insideParameters.container, inside.container);
  return url.href;
}

/** The same URL with another dbname, for a configuration of its own. */
export function urlOnDatabase(text: string, dbname: string): string {
  const url = parseUrl(text);
  url.searchParams.delete('dbname');
  url.pathname = `/${encodeURIComponent(dbname)}`;
  return url.href;
}

/** The same server and user, another database. */
export function onDatabase(connection: Connection, dbname: string): Connection {
  return { ...connection, dbname };
}

/** `user@host:port`, for messages and reports: everything but the secret. */
export function describeConnection(connection: Connection): string {
  const host = connection.host.includes(':') ? `[${connection.host}]` : connection.host;
  const inside = connection.inside == null ? '' : ` inside ${connection.inside.container}`;
  return `${connection.user}@${host}:${connection.port}${inside}`;
}
