import './provided.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { sage, type Template, templates } from './provided.ts';
import { withDatabase, withParts } from './urls.ts';

export { type PrivateTestServer, startPrivatePostgres, startPrivateRedis } from './privateServers.ts';
export { withDatabase, withParts } from './urls.ts';

/** URL of the PostgreSQL of this worker of vitest, as its superuser, database `postgres`. Shared: drop what you create. */
export function postgresUrl(): string {
  const url = inject('postgresUrls')[Number(process.env['VITEST_POOL_ID']) - 1];
  if (url === undefined) throw new Error('this worker of vitest has no PostgreSQL');
  return url;
}

/** URL of the run's Redis. Shared: use a `uniquePrefix()`, never FLUSHALL. */
export function redisUrl(): string {
  return inject('redisUrl');
}

/** A BullMQ prefix of your own. */
export function uniquePrefix(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

export interface DatabaseOptions {
  /** PostgreSQL's own name for it; any text. Without, a unique one. */
  readonly name?: string;
  /** `empty` (default) has nothing in it; `sample` is Sage's schema with 400 memories in 12 sessions, owned by `sage`. */
  readonly template?: Template;
  /** An existing role, see `createRole`. Without: the superuser for `empty`, `sage` for `sample`. */
  readonly owner?: TestRole;
}

export interface TestDatabase extends AsyncDisposable {
  readonly dbname: string;
  /** As the superuser. */
  readonly url: string;
  /** As the owner. */
  readonly ownerUrl: string;
  readonly owner: string;
  /** Also ends its sessions. Repeating it does no harm. */
  drop(): Promise<void>;
}

/** A database of a test's own, a clone of a template; `await using` drops it. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const dbname = options.name ?? `test_${randomBytes(6).toString('hex')}`;
  const template = templates[options.template ?? 'empty'];
  const owner =
    options.owner ?? (options.template === 'sample' ? { name: sage.role, password: sage.password } : null);
  await administer((client) =>
    client.query(
      `CREATE DATABASE ${quoted(dbname)} TEMPLATE ${template}${owner === null ? '' : ` OWNER ${quoted(owner.name)}`}`,
    ),
  );
  const url = withDatabase(postgresUrl(), dbname);
  const drop = () =>
    administer((client) => client.query(`DROP DATABASE IF EXISTS ${quoted(dbname)} WITH (FORCE)`));
  return {
    dbname,
    url,
    ownerUrl: owner === null ? url : withParts(url, { user: owner.name, password: owner.password }),
    owner: owner?.name ?? 'postgres',
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

export interface TestRole {
  readonly name: string;
  readonly password: string;
}

/** A login role of a test's own; `attributes` is SQL, e.g. `CREATEDB`. Roles belong to the server: drop it. */
export async function createRole(
  attributes = '',
): Promise<TestRole & AsyncDisposable & { drop(): Promise<void> }> {
  const name = `role_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await administer((client) =>
    client.query(`CREATE ROLE ${name} LOGIN ${attributes} PASSWORD '${password}'`),
  );
  const drop = () => administer((client) => client.query(`DROP ROLE IF EXISTS ${name}`));
  return { name, password, drop, [Symbol.asyncDispose]: drop };
}

/** A name as an SQL identifier. */
export function quoted(name: string): string {
  return pg.escapeIdentifier(name);
}

/** Runs on a fresh connection of the superuser, or to `url`, and closes it. */
export async function administer(
  use: (client: pg.Client) => Promise<unknown>,
  url = postgresUrl(),
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
