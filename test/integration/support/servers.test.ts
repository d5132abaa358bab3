import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import {
  administer,
  createDatabase,
  createRole,
  redisUrl,
  startPrivatePostgres,
  startPrivateRedis,
  uniquePrefix,
} from '../../support/servers.ts';

test('a clone of the sample has its rows, an owner who is no superuser, and a column for embeddings', async () => {
  await using database = await createDatabase({ template: 'sample' });
  await administer(async (client) => {
    const { rows } = await client.query(
      `SELECT current_user AS who, (SELECT count(*)::int FROM memories) AS memories,
              (SELECT count(*)::int FROM memories WHERE embedding IS NULL) AS bare,
              (SELECT min(vector_dims(embedding)) FROM memories) AS dims`,
    );
    expect(rows).toEqual([{ who: 'sage', memories: 400, bare: expect.any(Number), dims: 4096 }]);
    expect(rows[0].bare).toBeGreaterThan(5);
  }, database.ownerUrl);
});

test('databases of any name with owners of their own come and go', async () => {
  await using owner = await createRole();
  await using database = await createDatabase({ name: `odd "x"; drop ${uniquePrefix()}`, owner });
  await administer(async (client) => {
    const { rows } = await client.query('SELECT current_database() AS name, current_user AS who');
    expect(rows).toEqual([{ name: database.dbname, who: owner.name }]);
  }, database.ownerUrl);
});

test('a private PostgreSQL keeps what was committed over a kill', async () => {
  await using server = await startPrivatePostgres();
  await administer((client) => client.query('CREATE TABLE kept AS SELECT 1 AS one'), server.url);
  await server.signal('SIGKILL');
  await server.restart();
  await administer(async (client) => {
    expect((await client.query('SELECT one FROM kept')).rows).toEqual([{ one: 1 }]);
  }, server.url);
});

test('a private Redis keeps what was written over a restart', async () => {
  await using server = await startPrivateRedis();
  const before = new Redis(server.url);
  await before.set('kept', 'yes');
  await before.quit();
  await server.restart();
  const after = new Redis(server.url);
  expect(await after.get('kept')).toBe('yes');
  await after.quit();
});

test('the shared Redis answers', async () => {
  const redis = new Redis(redisUrl());
  expect(await redis.ping()).toBe('PONG');
  await redis.quit();
});
