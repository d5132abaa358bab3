import type pg from 'pg';
import { administer, quoted, withDatabase } from '../support/servers.ts';

/** `rows` × vector(`dimensions`), random, made by the server. */
export async function createVectors(
  server: string,
  { dbname, rows, dimensions }: { dbname: string; rows: number; dimensions: number },
): Promise<string> {
  const url = await createEmpty(server, dbname);
  await administer(async (client) => {
    await client.query('CREATE EXTENSION vector');
    await client.query(
      `CREATE TABLE items (id bigint PRIMARY KEY, title text, embedding vector(${dimensions}))`,
    );
    await client.query(
      `INSERT INTO items
       SELECT n, md5(n::text), (SELECT array_agg(round((random() * 2 - 1)::numeric, 7)::real) FROM generate_series(1, $2) WHERE n > 0)::vector
       FROM generate_series(1, $1::bigint) n`,
      [rows, dimensions],
    );
    await client.query('VACUUM ANALYZE items');
  }, url);
  return url;
}

/** `rows` short rows of the kind that every application has most of. */
export async function createShortRows(
  server: string,
  { dbname, rows }: { dbname: string; rows: number },
): Promise<string> {
  const url = await createEmpty(server, dbname);
  await administer(async (client) => {
    await client.query('CREATE TABLE events (id bigint, kind int, note text)');
    await client.query(
      `INSERT INTO events SELECT n, n % 7, CASE WHEN n % 3 = 0 THEN NULL ELSE 'event ' || n END
       FROM generate_series(1, $1::bigint) n`,
      [rows],
    );
    await client.query('VACUUM ANALYZE events');
  }, url);
  return url;
}

/** An empty database of that name, in place of what was there. */
export async function createEmpty(server: string, dbname: string): Promise<string> {
  await administer(async (client: pg.Client) => {
    await client.query(`DROP DATABASE IF EXISTS ${quoted(dbname)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${quoted(dbname)} TEMPLATE template0 ENCODING 'UTF8'`);
  }, server);
  return withDatabase(server, dbname);
}
