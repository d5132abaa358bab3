import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import pg from 'pg';
import { openRelay } from '../exec/index.ts';
import { type Connection, describeConnection, onDatabase } from './connection.ts';
import { databaseError } from './errors.ts';

export interface SessionOptions {
  /** Shown in `pg_stat_activity`; at most 63 bytes. */
  readonly applicationName: string;
  /** Ends the session; running statements are rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** `SET` for the session, e.g. `{ statement_timeout: '10s' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * One dedicated connection: what it holds (locks, transactions, snapshots) lives exactly as long as it. The server ends
 * none for being idle or for a long transaction, whatever is set there.
 */
export interface Session extends AsyncDisposable {
  /** The backend's process id on the server. */
  readonly pid: number;
  readonly dbname: string;
  /** Aborts, with `SERVER_GONE` as reason, as soon as the connection is lost without our doing. */
  readonly lost: AbortSignal;
  /** Runs one statement and returns its rows. Errors are SagekeepErrors; see `databaseError`. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Never throws. */
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
/** A connection that is silent for so long is asked whether its other end is still there. */
const keepAliveMs = 30_000;
/** A server whose processes are frozen does not answer a goodbye: so long it is waited for. */
const goodbyeMs = 2_000;

/** An option of libpq's `options` parameter: spaces and backslashes are escaped there by a backslash. */
export function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}

async function tlsOptions(connection: Connection): Promise<ConnectionOptions> {
  const verify = connection.sslMode === 'verify-ca' || connection.sslMode === 'verify-full';
  const options: ConnectionOptions = { rejectUnauthorized: verify };
  if (connection.sslRootCert !== null && connection.sslRootCert !== 'system') {
    options.ca = await readFile(connection.sslRootCert);
  }
  if (connection.sslCert !== null) options.cert = await readFile(connection.sslCert);
  if (connection.sslKey !== null) options.key = await readFile(connection.sslKey);
  if (connection.sslMode === 'verify-ca') options.checkServerIdentity = () => undefined;
  return options;
}

/** libpq's `prefer` is two attempts: with TLS, and without when the server has none. */
async function tlsAttempts(connection: Connection): Promise<(ConnectionOptions | false)[]> {
  if (connection.sslMode === 'disable' || connection.host.startsWith('/')) return [false];
  if (connection.sslMode === 'allow') return [false, await tlsOptions(connection)];
  if (connection.sslMode === 'prefer') return [await tlsOptions(connection), false];
  return [await tlsOptions(connection)];
}

/** Settings of a role or a server that end sessions for being slow or idle, as far as the server knows them. */
const endless = `select set_config(name, '0', false)
  from unnest('{idle_session_timeout,transaction_timeout}'::text[]) as name
 where current_setting(name, true) is not null`;

/** A server that only its container reaches is asked through a relay of this session's own. */
async function open(connection: Connection, options: SessionOptions): Promise<pg.Client> {
  const inside = connection.inside ?? null;
  if (inside === null) return openDirectly(connection, options);
  const relay = await openRelay(inside, connection);
  try {
    return await openDirectly({ ...connection, host: relay.folder, inside: null }, options);
  } catch (error) {
    throw relay.trouble() ?? error;
  } finally {
    await relay.refuse();
  }
}

async function openDirectly(connection: Connection, options: SessionOptions): Promise<pg.Client> {
  const attempts = await tlsAttempts(connection);
  for (const [index, ssl] of attempts.entries()) {
    const client = new pg.Client({
      host: connection.host,
      port: connection.port,
      user: connection.user,
      password: connection.password ?? '',
      database: connection.dbname,
      ssl,
      application_name: options.applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveMs,
      options: startupOptions(options.settings ?? {}),
    });
    // Without a listener a lost connection would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(endless);
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      const another = index < attempts.length - 1;
      const aboutTls = /SSL|no encryption/i.test(error instanceof Error ? error.message : '');
      if (!another || !aboutTls) throw error;
    }
  }
  throw new Error('no way to connect');
}

function hangUp(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** Never throws, and takes no longer than `goodbyeMs`: the server frees what a session held when it hears of its end. */
async function sayGoodbye(client: pg.Client): Promise<void> {
  const late = setTimeout(() => hangUp(client), goodbyeMs);
  await client.end().catch(() => undefined);
  clearTimeout(late);
}

function sessionOf(client: pg.Client, connection: Connection, signal: AbortSignal | undefined): Session {
  const where = describeConnection(connection);
  const lost = new AbortController();
  let closing = false;
  const onLost = () => {
    if (!closing) lost.abort(databaseError(new Error('Connection terminated'), `The session with ${where}`));
  };
  client.on('error', onLost);
  client.on('end', onLost);
  const close = async () => {
    if (closing) return;
    closing = true;
    signal?.removeEventListener('abort', onAbort);
    await sayGoodbye(client);
  };
  // Ending the socket is the only way to leave a statement that runs: a cancel request could hit the next one.
  const onAbort = () => {
    closing = true;
    hangUp(client);
  };
  signal?.addEventListener('abort', onAbort, { once: true });

  return {
    pid: (client as unknown as { processID: number }).processID,
    dbname: connection.dbname,
    lost: lost.signal,
    async query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
      signal?.throwIfAborted();
      try {
        return (await client.query<Row & pg.QueryResultRow>(text, values)).rows;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw databaseError(error, `A statement for ${where}`);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Opens a session with a database, within 10 s. Throws what `databaseError` makes of it. */
export async function connect(connection: Connection, options: SessionOptions): Promise<Session> {
  options.signal?.throwIfAborted();
  let client: pg.Client;
  try {
    client = await open(connection, options);
  } catch (error) {
    throw databaseError(error, `Connecting to ${describeConnection(connection)}`);
  }
  if (options.signal?.aborted) {
    await sayGoodbye(client);
    throw options.signal.reason;
  }
  return sessionOf(client, connection, options.signal);
}

/** Opens a session with the server's maintenance database: `postgres`, or `template1` where that is missing. */
export async function connectToMaintenance(
  connection: Connection,
  options: SessionOptions,
): Promise<Session> {
  try {
    return await connect(onDatabase(connection, 'postgres'), options);
  } catch (error) {
    if (!isSagekeepError(error, 'DATABASE_MISSING')) throw error;
    return connect(onDatabase(connection, 'template1'), options);
  }
}

/** Narrow helper for statements that must answer with exactly one row. */
export async function queryOne<Row extends object>(
  session: Session,
  text: string,
  values?: unknown[],
): Promise<Row> {
  const [row] = await session.query<Row>(text, values);
  if (row === undefined) throw new SagekeepError('INTERNAL', 'A statement that must answer gave no row.');
  return row;
}
