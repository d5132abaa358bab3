import pg from 'pg';
import { expect, it } from 'vitest';
import { liveDefinitions } from '../../../packages/engine/src/inventory/index.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import { administer, createDatabase } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';
import { toolsFor } from './reading.ts';

const tables = `create table notes (id int primary key, body text); create index notes_body on notes (body);
  insert into notes select i, 'note ' || i from generate_series(1, 100) i; create table pages (id int)`;

interface Rebuild extends AsyncDisposable {
  /** Lets the names be swapped; resolves when they are. */
  swap(): Promise<void>;
}

/** REINDEX CONCURRENTLY, held up before it swaps names; whatever begins now sees the old ones and holds it up no more. */
async function rebuild(url: string): Promise<Rebuild> {
  const [reader, builder, asker] = [0, 1, 2].map(() => new pg.Client({ connectionString: url }));
  if (reader === undefined || builder === undefined || asker === undefined) throw new Error('no clients');
  const clients = [reader, builder, asker];
  await Promise.all(clients.map((client) => client.connect()));
  const sees = async (relation: string) => (await asker.query(`select from ${relation}`)).rows.length > 0;
  await reader.query('begin isolation level repeatable read; select 1');
  const built = builder.query('reindex index concurrently notes_body');
  const phase = `pg_stat_progress_create_index where phase = 'waiting for old snapshots'`;
  await waitFor(() => sees(phase), { what: 'the build to wait for the reader' });
  // Later snapshots are told from earlier ones by the transactions in between.
  for (let n = 0; n < 3; n += 1) await asker.query('select txid_current()');
  return {
    async swap() {
      await reader.query('commit');
      await waitFor(() => sees(`pg_class where relname = 'notes_body_ccold'`), { what: 'the swap' });
    },
    async [Symbol.asyncDispose]() {
      await reader.query('rollback');
      await built;
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

async function lookAt(url: string) {
  const tools = await toolsFor(url);
  const signal = new AbortController().signal;
  const source = { tools, applicationName: 'a look', killGraceMs: 1000, patienceMs: 60_000, signal };
  return () => liveDefinitions({ ...source, connection: parseDatabaseUrl(url) });
}

/** Resolves when the pg_dump of a look waits for a table. */
function untilItWaits(url: string): Promise<void> {
  const waiting = `select from pg_stat_activity where application_name = 'a look' and wait_event_type = 'Lock'`;
  return administer(
    (client) =>
      waitFor(async () => (await client.query(waiting)).rows.length > 0, {
        what: 'pg_dump to wait for a table',
      }),
    url,
  );
}

it('a backup has an index by its own name that was built anew while pg_dump read', async () => {
  await using database = await createDatabase();
  await administer((client) => client.query(tables), database.url);
  await using subject = await createSubject(database.url);
  await using index = await rebuild(database.url);
  let swapped = false;
  const context = testContext({
    async onBorder(name) {
      if (name !== 'backup:snapshot' || swapped) return;
      swapped = true;
      await index.swap();
    },
  });
  const { manifest } = await subject.backup(context);
  const again = context.lines.filter((line) => line.startsWith('dump: starting over'));
  expect(again).toEqual([expect.stringMatching(/index "notes_body" was changed.*"notes_body_ccold"/)]);
  expect(context.borders.filter((name) => name === 'backup:check')).toHaveLength(1);
  const after = await subject.backup();
  expect(manifest.inventory.entries).toEqual(after.manifest.inventory.entries);
  expect(await subject.left()).toMatchObject({ attempts: 0, damaged: 0 });
});

it('a look at the definitions has it by its own name, too', async () => {
  await using database = await createDatabase();
  await administer((client) => client.query(tables), database.url);
  const look = await lookAt(database.url);
  const before = await look();
  await using index = await rebuild(database.url);
  await administer(async (client) => {
    await client.query('begin; lock table pages in access exclusive mode');
    const looking = look();
    await untilItWaits(database.url);
    await index.swap();
    await client.query('commit');
    expect(await looking).toEqual(before);
  }, database.url);
});

it('a look at the definitions is not hindered by a table that is dropped meanwhile', async () => {
  await using database = await createDatabase();
  await administer((client) => client.query(tables), database.url);
  const look = await lookAt(database.url);
  await administer(async (client) => {
    await client.query('begin; drop table pages');
    const looking = look();
    await untilItWaits(database.url);
    await client.query('commit');
    expect((await looking).map(({ name }) => name)).not.toContain('public.pages');
  }, database.url);
});
