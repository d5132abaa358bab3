import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findInstalled } from '../../apps/local/src/provide/installed.ts';
import { requirePostgres, requireRedis } from '../../apps/local/src/provide/provide.ts';
import { type PrivateServer, startPostgres } from '../../apps/local/src/servers/postgres.ts';
import { startRedis } from '../../apps/local/src/servers/redis.ts';

export interface LaunchOptions {
  /** An existing folder that everyone may enter; data and log are made in it. */
  readonly folder: string;
  /** To come back where an earlier server was. */
  readonly port?: number;
  readonly password?: string;
  /** Server settings, PostgreSQL only. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Keep every promise about the disk: slower. */
  readonly durable?: boolean;
}

/** Fast, and the same in every run: nobody analyses a table behind a test's back. */
const careless = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

export function launchPostgres(options: LaunchOptions): Promise<PrivateServer> {
  return startPostgres({
    folder: join(options.folder, 'postgresql'),
    installation: requirePostgres(installed()),
    password: options.password ?? newPassword(),
    log: join(options.folder, 'postgresql.log'),
    ...(options.port === undefined ? {} : { port: options.port }),
    settings: {
      ...(options.durable === true ? {} : careless),
      max_connections: '200',
      max_prepared_transactions: '10',
      ...options.settings,
    },
  });
}

export function launchRedis(options: LaunchOptions): Promise<PrivateServer> {
  return startRedis({
    folder: join(options.folder, 'redis'),
    program: requireRedis(installed()),
    password: options.password ?? newPassword(),
    log: join(options.folder, 'redis.log'),
    ...(options.port === undefined ? {} : { port: options.port }),
    durable: options.durable ?? false,
  });
}

/** Path of a program that comes with the server, e.g. `pg_basebackup`. */
export function postgresProgram(name: string): string {
  return join(requirePostgres(installed()).bin, name);
}

function installed() {
  return findInstalled({ path: process.env['PATH'] ?? '' });
}

function newPassword(): string {
  return randomBytes(12).toString('hex');
}
