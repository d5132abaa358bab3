import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { liveDefinitions } from '../../../packages/engine/src/inventory/index.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';
import { toolsFor } from './reading.ts';

const tables = `create table notes (id int primary key, body text); create index notes_body on notes (body);
  insert into notes select i, 'note ' || i from generate_series(1, 100) i; create table pages (id int)`;

async function databaseOfNotes(): Promise<TestDatabase> {
  const database = await createDatabase();
  await administer((client) => client.query(tables), database.url);
  return database;
}

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
  const { oid } = (await asker.query(`select 'notes_body'::regclass::oid as oid`)).rows[0];
  await reader.query('begin isolation level repeatable read; select 1');
  const built = builder.query('reindex index concurrently notes_body');
  const phase = `pg_stat_progress_create_index where phase = 'waiting for old snapshots'`;
  await waitFor(() => sees(phase), { what: 'the build to wait for the reader' });
  // Later snapshots are told from earlier ones by the transactions in between.
  for (let n = 0; n < 3; n += 1) await asker.query('select txid_current()');
  return {
    async swap() {
      await reader.query('commit');
      await waitFor(() => sees(`pg_class where relname = 'notes_body' and oid <> ${oid}`), {
        what: 'the swap',
      });
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

/** Resolves when somebody of that name waits for a lock. */
function untilItWaits(url: string, name = 'a look'): Promise<void> {
  const waiting = `select from pg_stat_activity where application_name like '${name}%' and wait_event_type = 'Lock'
    and datname = current_database()`;
  return administer(
    (client) =>
      waitFor(async () => (await client.query(waiting)).rows.length > 0, {
        what: 'pg_dump to wait for a lock',
      }),
    url,
  );
}

it('a backup has an index by its own name that was built anew while pg_dump read', async () => {
  await using database = await databaseOfNotes();
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
  await using database = await databaseOfNotes();
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
  await using database = await databaseOfNotes();
  const look = await lookAt(database.url);
  await administer(async (client) => {
    await client.query('begin; drop table pages');
    const looking = look();
    await untilItWaits(database.url);
    await client.query('commit');
    expect((await looking).map(({ name }) => name)).not.toContain('public.pages');
  }, database.url);
});

/** Reads while somebody holds a view, and `meanwhile` happens; what he did is undone then. */
async function whileHeld(
  url: string,
  { reader, read }: { reader: string; read: () => Promise<unknown> },
  meanwhile: (holding: { holder: pg.Client; other: pg.Client }) => Promise<unknown>,
) {
  const [holder, other] = [0, 1].map(() => new pg.Client({ connectionString: url }));
  if (holder === undefined || other === undefined) throw new Error('no clients');
  try {
    await Promise.all([holder.connect(), other.connect()]);
    await holder.query('create view latest as select max(id) from notes');
    await holder.query('begin; drop view latest');
    const reading = read();
    reading.catch(() => undefined);
    await untilItWaits(url, reader);
    await meanwhile({ holder, other });
    await holder.query('rollback');
    return await reading;
  } finally {
    await Promise.all([holder.end(), other.end()]);
  }
}

const wantATable = 'alter table pages add column more int';

describe('a reader that waits for a view', () => {
  const startingOver = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith('dump: starting over'));

  it('steps back for somebody who wants a table, be it a backup', async () => {
    await using database = await databaseOfNotes();
    await using subject = await createSubject(database.url);
    const context = testContext();
    const reader = { reader: 'sagekeep-backup', read: () => subject.backup(context) };
    await whileHeld(database.url, reader, ({ other }) => other.query(wantATable));
    expect(startingOver(context.lines)).not.toEqual([]);
    for (const line of startingOver(context.lines)) {
      expect(line).toMatch(/pg_dump waits for latest, which somebody holds, and somebody waits for a table/);
    }
    expect(await subject.left()).toMatchObject({ attempts: 0, damaged: 0 });
  });

  it('or a look at the definitions', async () => {
    await using database = await databaseOfNotes();
    const reader = { reader: 'a look', read: await lookAt(database.url) };
    const seen = await whileHeld(database.url, reader, ({ other }) => other.query(wantATable));
    expect(seen).toContainEqual(expect.objectContaining({ name: 'public.latest' }));
  });

  it('steps back for who holds the view, before the server looks for a deadlock', async () => {
    await using database = await databaseOfNotes();
    const reader = { reader: 'a look', read: await lookAt(database.url) };
    const later = `select from pg_locks where not granted and waitstart < now() - interval '1.5 s'`;
    await whileHeld(database.url, reader, async ({ holder, other }) => {
      // pg_dump has looked by then; the other side leaves a slow machine more time than the 1 s that servers usually do.
      await waitFor(async () => (await other.query(later)).rows.length > 0, { what: 'pg_dump to wait on' });
      await holder.query(`set deadlock_timeout = '20s'`);
      await holder.query(wantATable);
    });
  });

  it('steps back for nobody who only wants the view, too', async () => {
    await using database = await databaseOfNotes();
    await using subject = await createSubject(database.url);
    const context = testContext();
    const reader = { reader: 'sagekeep-backup', read: () => subject.backup(context) };
    const queued: Promise<unknown>[] = [];
    const looks = `select from pg_stat_activity where query like '%locks held%' and state = 'idle'
      and application_name like 'sagekeep-backup%' and query_start > $1`;
    await whileHeld(database.url, reader, ({ other }) => {
      queued.push(other.query('drop view latest'));
      return administer(async (client) => {
        const { rows } = await client.query('select clock_timestamp() as now');
        await waitFor(async () => (await client.query(looks, [rows[0].now])).rows.length > 0, {
          what: 'a look around',
        });
      }, database.url);
    });
    await Promise.all(queued);
    expect(startingOver(context.lines)).toEqual([]);
  });
});
