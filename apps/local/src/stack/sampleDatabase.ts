import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Checkout } from '../checkout.ts';
import { fillSample, sampleSize } from '../sample/fill.ts';

export const sample = { dbname: 'sage_memory', owner: 'sage' } as const;
const unfinished = `${sample.dbname}_unfinished`;

export interface SampleOptions {
  readonly checkout: Checkout;
  /** URL of the private server as its superuser. */
  readonly server: string;
  /** Password of the owner. */
  readonly password: string;
  readonly say: (line: string) => void;
}

/** The URL of Sage's sample database, made at the first start and left as it is at every later one. */
export async function ensureSampleDatabase(options: SampleOptions): Promise<string> {
  const url = new URL(options.server);
  url.username = sample.owner;
  url.password = options.password;
  await connected(options.server, async (server) => {
    await ensureOwner(server, options.password);
    if (await databaseExists(server)) return;
    options.say(
      `making the sample database: ${sampleSize.memories} memories, ${sampleSize.sessions} sessions …`,
    );
    await create(server, { ...options, url });
  });
  url.pathname = `/${sample.dbname}`;
  return url.href;
}

/** As in Sage's own container, whose POSTGRES_USER is a superuser. */
async function ensureOwner(server: pg.Client, password: string): Promise<void> {
  const { rowCount } = await server.query('SELECT FROM pg_roles WHERE rolname = $1', [sample.owner]);
  if (rowCount === 0) await server.query(`CREATE ROLE ${sample.owner} LOGIN SUPERUSER`);
  await server.query(`ALTER ROLE ${sample.owner} PASSWORD ${pg.escapeLiteral(password)}`);
}

async function databaseExists(server: pg.Client): Promise<boolean> {
  const { rowCount } = await server.query('SELECT FROM pg_database WHERE datname = $1', [sample.dbname]);
  return rowCount === 1;
}

/** Under another name until it is whole: a start that is cut off leaves no half of it. */
async function create(server: pg.Client, options: SampleOptions & { url: URL }): Promise<void> {
  await server.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
  await server.query(`CREATE DATABASE ${unfinished} OWNER ${sample.owner} TEMPLATE template0`);
  const url = new URL(options.url);
  url.pathname = `/${unfinished}`;
  await connected(url.href, async (client) => {
    await client.query(readFileSync(join(options.checkout.root, 'config/sage.sql'), 'utf8'));
    await fillSample(client);
    await client.query('ANALYZE');
  });
  await server.query(`ALTER DATABASE ${unfinished} RENAME TO ${sample.dbname}`);
}

async function connected(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'sagekeep-local' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
