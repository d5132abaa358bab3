import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { fillSample } from '../../apps/local/src/sample/fill.ts';
import { sage, templates } from './provided.ts';
import { withDatabase } from './urls.ts';

const schema = fileURLToPath(new URL('../../config/sage.sql', import.meta.url));

/** Small enough that a test's own copy costs little. */
const size = { memories: 400, sessions: 12 };

/** The databases that tests clone. Nobody may connect to them, or cloning would fail now and then. */
export async function createTemplates(url: string): Promise<void> {
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  await server.query(`CREATE ROLE ${sage.role} LOGIN CREATEDB PASSWORD '${sage.password}'`);
  await server.query(`CREATE DATABASE ${templates.empty} TEMPLATE template0`);
  await server.query(`CREATE DATABASE ${templates.sample} TEMPLATE template0 OWNER ${sage.role}`);
  await fillTemplate(withDatabase(url, templates.sample));
  await server.query(`ALTER DATABASE ${templates.empty} ALLOW_CONNECTIONS false`);
  await server.query(`ALTER DATABASE ${templates.sample} ALLOW_CONNECTIONS false`);
  await server.end();
}

async function fillTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // Extensions need a superuser; what follows belongs to sage.
  await client.query(
    `CREATE EXTENSION vector; CREATE EXTENSION IF NOT EXISTS "uuid-ossp"; SET ROLE ${sage.role}`,
  );
  await client.query(readFileSync(schema, 'utf8'));
  await fillSample(client, size);
  await client.end();
}
