import pg from 'pg';
import { expect, it } from 'vitest';
import { startPrivatePostgres, withDatabase, withParts } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, sql, worldOf } from '../restore/harness.ts';

/** An index takes seconds: time enough to see what goes on meanwhile. */
const slow = `
  create function slowly(i int) returns int immutable language plpgsql as
    'begin perform pg_sleep(0.05); return i; end';
  create table t (i int); insert into t select generate_series(1, 70); create index on t (slowly(i))`;

async function scene(options: { owner?: boolean } = {}) {
  const server = await startPrivatePostgres({ durable: false, settings: { max_connections: '20' } });
  await sql(server.url, `create role owner login createdb password 'private'`);
  await sql(server.url, 'create database live owner owner');
  const url = withDatabase(server.url, 'live');
  const ownerUrl = withParts(url, { user: 'owner', password: 'private' });
  await sql(ownerUrl, slow);
  const world = worldOf([configOf('sage', options.owner === true ? ownerUrl : url)]);
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const clients: pg.Client[] = [];
  return {
    prove: (context = contextOf()) =>
      world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, context),
    mark: async () => (await world.vault.catalogue.get(manifest.id)).marks.proof,
    /** Connections of somebody else. */
    async crowd(size: number) {
      for (let count = 0; count < size; count += 1) {
        const client = new pg.Client({ connectionString: url });
        client.on('error', () => undefined);
        clients.push(client);
        await client.connect();
      }
    },
    databases: async () =>
      (
        await sql<{ name: string }>(
          server.url,
          `select datname as name from pg_database where datname ~ '^live'`,
        )
      ).map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.end();
      world[Symbol.dispose]();
      await server.stop();
    },
  };
}

const refusal = { code: 'SERVER_UNREACHABLE', retryable: true, facts: { free: expect.any(Number) } };

it.each([false, true])(
  'a proof does not begin where it would take the last connections (as an ordinary role: %s)',
  async (owner) => {
    await using place = await scene({ owner });
    await place.crowd(12);
    await expect(place.prove()).rejects.toMatchObject(refusal);
    expect(await place.databases()).toEqual(['live']);
  },
);

it('a proof ends when connections run short while it builds, and leaves nothing', async () => {
  await using place = await scene();
  let crowded = false;
  const context = contextOf({
    async onBorder(name) {
      if (name !== 'prove:post-data' || crowded) return;
      crowded = true;
      await place.crowd(14);
    },
  });
  await expect(place.prove(context)).rejects.toMatchObject(refusal);
  expect(crowded).toBe(true);
  expect(await place.mark()).toBeNull();
  expect(await place.databases()).toEqual(['live']);
});
