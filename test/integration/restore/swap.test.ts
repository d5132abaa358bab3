import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { newShortId, openLockSession, takeLock } from '../../../packages/engine/src/lock/index.ts';
import { presentDatabase } from '../../../packages/engine/src/restore/properties.ts';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import {
  createDatabase,
  createRole,
  postgresUrl,
  quoted,
  withDatabase,
  withParts,
} from '../../support/servers.ts';
import { startClients } from './clients.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  count,
  dropSiblings,
  longestGapMs,
  planPayload,
  restorePayload,
  siblings,
  sql,
  worldOf,
} from './harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function notes(options: { owner?: { name: string; password: string } } = {}) {
  const database = await createDatabase(options);
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  await sql(
    database.ownerUrl,
    'create table notes (id bigserial primary key, text text); insert into notes (text) values (1)',
  );
  const world = worldOf([configOf('sage', database.ownerUrl)]);
  opened.push(() => world[Symbol.dispose]());
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  return { database, world, manifest };
}

/** Resolves when a swap has seen somebody inside whom it may not end. */
async function secondLook(): Promise<void> {
  await waitFor(
    async () => {
      const asked = await sql(
        postgresUrl(),
        `select from pg_stat_activity where application_name ~ '^sagekeep-restore/' and query = 'select pg_sleep(0.2)'`,
      );
      return asked.length > 0;
    },
    { what: 'the swap to have seen the superuser' },
  );
}

describe('the swap', () => {
  it('is felt by twenty reconnecting writers as one short gap, and so is the undo; no acknowledged write is lost', async () => {
    const { database, world, manifest } = await notes();
    const clients = await startClients(database.url, {
      count: 20,
      statement: `insert into notes (text) values ('w')`,
    });
    opened.push(() => clients.stop());
    const { record } = await world.engine.restore(
      restorePayload({ backup: manifest.id }),
      contextOf({ onBorder: (name) => (name === 'restore:before-swap' ? clients.resetGaps() : undefined) }),
    );
    await clients.allAnswered();
    const undone = await world.engine.undo(
      { database: 'sage', restore: record.id, by: 'tester' },
      contextOf(),
    );
    await clients.allAnswered();
    const seen = await clients.stop();
    for (const gap of [record.downtimeMs, undone.downtimeMs, seen.worstGapMs]) {
      expect(gap).toBeLessThan(longestGapMs);
    }
    // "Reconnect", and nothing else, is what a client is ever told.
    expect(
      Object.keys(seen.errors).filter((code) => !['57P01', '3D000', 'ECONNRESET', 'closed'].includes(code)),
    ).toEqual([]);
    // No write that was acknowledged is lost: all are in the database that is live again or in the one swapped out.
    const out = new URL(database.url);
    out.pathname = `/${encodeURIComponent(undone.record.swappedOut?.name ?? '')}`;
    const kept = (await count(database.url, 'notes')) + (await count(out.href, 'notes'));
    expect(kept).toBeGreaterThanOrEqual(seen.acknowledged + 2);
  });

  it('carries owner, comment, limit, grants and settings over, and shuts the kept database', async () => {
    await using owner = await createRole('CREATEDB');
    await using reader = await createRole();
    const { database, world, manifest } = await notes();
    const name = quoted(database.dbname);
    await sql(
      postgresUrl(),
      `alter database ${name} owner to ${owner.name};
       alter database ${name} connection limit 33;
       comment on database ${name} is 'it''s "mine" 🐘';
       revoke all on database ${name} from public;
       grant connect on database ${name} to ${reader.name} with grant option;
       alter database ${name} set search_path to "$user", public, "odd, ""name""";
       alter database ${name} set default_transaction_read_only to on;
       alter database ${name} set my.setting to 'a=b, c';
       alter role ${reader.name} in database ${name} set work_mem to '8MB'`,
    );
    await using session = await connect(parseDatabaseUrl(postgresUrl()), { applicationName: 'test' });
    const before = await presentDatabase(session, database.dbname);
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    const after = await presentDatabase(session, database.dbname);
    expect(after?.oid).not.toBe(before?.oid);
    expect(after?.properties).toEqual(before?.properties);
    const kept = await presentDatabase(session, record.before ?? '');
    expect(kept?.oid).toBe(before?.oid);
    expect(kept?.properties.comment).toContain(record.id);
    const [{ may } = { may: true }] = await sql<{ may: boolean }>(
      postgresUrl(),
      `select has_database_privilege('${reader.name}', ${pg.escapeLiteral(record.before ?? '')}, 'connect') as may`,
    );
    expect(may).toBe(false);
    await world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    const again = await presentDatabase(session, database.dbname);
    expect(again).toMatchObject({ oid: before?.oid, properties: before?.properties });
    await database.drop();
    await dropSiblings(database.dbname);
  });

  it('carries over what is changed at the last moment, too', async () => {
    await using reader = await createRole();
    const { database, world, manifest } = await notes();
    const name = quoted(database.dbname);
    const change = (border: string) =>
      border === 'restore:before-swap'
        ? sql(
            postgresUrl(),
            `alter database ${name} set work_mem to '5MB'; grant create on database ${name} to ${reader.name}`,
          ).then(() => undefined)
        : undefined;
    await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf({ onBorder: change }));
    const [held] = await sql(
      database.url,
      `select current_setting('work_mem') as memory, has_database_privilege('${reader.name}', current_database(), 'create') as may`,
    );
    expect(held).toEqual({ memory: '5MB', may: true });
    await database.drop();
    await dropSiblings(database.dbname);
  });

  it('replaces no other database than it has looked at, and is tried again', async () => {
    const { database, world, manifest } = await notes();
    const name = quoted(database.dbname);
    const exchange = async (border: string) => {
      if (border !== 'restore:before-swap') return;
      await sql(postgresUrl(), `drop database ${name} with (force)`);
      await sql(postgresUrl(), `create database ${name}`);
      await sql(database.url, 'create table another (i int)');
    };
    const payload = restorePayload({ backup: manifest.id });
    await expect(world.engine.restore(payload, contextOf({ onBorder: exchange }))).rejects.toMatchObject({
      code: 'OBJECT_BUSY',
      retryable: true,
    });
    expect(await count(database.url, 'another')).toBe(0);
    expect(await siblings(database.dbname)).toEqual([]);
    const { record } = await world.engine.restore(payload, contextOf());
    expect(await count(withDatabase(database.url, record.before ?? ''), 'another')).toBe(0);
    await world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    expect(await count(database.url, 'another')).toBe(0);
  });

  it('back gives the name to everybody again who had it, even when the live database is gone', async () => {
    await using reader = await createRole();
    const { database, world, manifest } = await notes();
    await sql(postgresUrl(), `comment on database ${quoted(database.dbname)} is 'mine'`);
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    await database.drop();
    await world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    const asReader = withParts(database.url, { user: reader.name, password: reader.password });
    expect(
      await sql(
        asReader,
        `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`,
      ),
    ).toEqual([{ comment: 'mine' }]);
    await database.drop();
  });

  it('back also ends whoever looks into the kept database', async () => {
    const { database, world, manifest } = await notes();
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    const kept = new URL(database.url);
    kept.pathname = `/${encodeURIComponent(record.before ?? '')}`;
    const visitor = new pg.Client({ connectionString: kept.href });
    visitor.on('error', () => undefined);
    await visitor.connect();
    const ended = new Promise((resolve) => visitor.once('end', resolve));
    const undone = await world.engine.undo(
      { database: 'sage', restore: record.id, by: 'tester' },
      contextOf(),
    );
    await ended;
    expect(undone.record.state).toBe('undone');
  });

  it('needs no superuser: an owner that may create databases is enough', async () => {
    await using owner = await createRole('CREATEDB');
    const { database, world, manifest } = await notes({ owner });
    await sql(database.ownerUrl, 'truncate notes');
    const client = new pg.Client({ connectionString: database.ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' } });
    expect(await count(database.ownerUrl, 'notes')).toBe(1);
    await world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    expect(await count(database.ownerUrl, 'notes')).toBe(0);
    await dropSiblings(database.dbname);
    await database.drop();
  });

  it('that a superuser stands in the way of is refused before anything is built or saved', async () => {
    await using owner = await createRole('CREATEDB');
    const { database, world, manifest } = await notes({ owner });
    await sql(database.ownerUrl, 'truncate notes');
    const superuser = new pg.Client({ connectionString: database.url });
    superuser.on('error', () => undefined);
    await superuser.connect();
    opened.push(() => superuser.end());
    const plan = await world.engine.plan(planPayload({ backup: manifest.id }), contextOf());
    expect(plan.warnings.join()).toContain('sessions of superusers');
    const refused = {
      code: 'PERMISSION_MISSING',
      retryable: false,
      message: expect.stringContaining('role postgres'),
    };
    const context = contextOf();
    await expect(
      world.engine.restore(restorePayload({ backup: manifest.id }), context),
    ).rejects.toMatchObject(refused);
    expect(context.phases).not.toContain('create');
    expect((await world.vault.catalogue.list()).backups).toHaveLength(1);
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    expect(await count(database.ownerUrl, 'notes')).toBe(0);
    expect(await siblings(database.dbname)).toEqual([]);
    await superuser.end();
    await database.drop();
  });

  /** A restore by an ordinary owner, during which a superuser comes into the live database. */
  async function visited() {
    const owner = await createRole('CREATEDB');
    opened.push(() => owner.drop());
    const { database, world, manifest } = await notes({ owner });
    const superuser = new pg.Client({ connectionString: database.url });
    superuser.on('error', () => undefined);
    opened.push(() => superuser.end());
    const context = contextOf({
      onBorder: async (name) => {
        if (name === 'restore:proven') await superuser.connect();
      },
    });
    return { database, superuser, world, payload: restorePayload({ backup: manifest.id }), context };
  }

  it('that a superuser came into to stay is refused before anybody is kept waiting, and tried again', async () => {
    const { database, world, payload, context } = await visited();
    await expect(world.engine.restore(payload, context)).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      retryable: true,
    });
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it('that tried in vain first counts how long clients were kept waiting by that, too', async () => {
    const owner = await createRole('CREATEDB');
    opened.push(() => owner.drop());
    const { database, world, manifest } = await notes({ owner });
    const visitors: pg.Client[] = [];
    const context = contextOf({
      onBorder: async (name) => {
        if (name !== 'restore:swap-renamed' || visitors.length > 0) return;
        const [aside = ''] = await siblings(database.dbname);
        const visitor = new pg.Client({ connectionString: withDatabase(postgresUrl(), aside) });
        visitors.push(visitor);
        await visitor.connect();
      },
    });
    const restored = world.engine.restore(restorePayload({ backup: manifest.id }), context);
    await secondLook();
    await visitors[0]?.end();
    const { record } = await restored;
    expect(record.state).toBe('swapped');
    // PostgreSQL waits 5 s for whoever is inside.
    expect(record.downtimeMs).toBeGreaterThan(4500);
  });

  it('that meets a lock on the database itself keeps nobody waiting for it, and is tried again', async () => {
    const { database, world, manifest } = await notes();
    await sql(database.url, 'truncate notes');
    const holder = new pg.Client({ connectionString: postgresUrl() });
    await holder.connect();
    opened.push(() => holder.end());
    await holder.query(`begin; comment on database ${quoted(database.dbname)} is 'not yet'`);
    const context = contextOf();
    const payload = restorePayload({ backup: manifest.id });
    const began = performance.now();
    await expect(world.engine.restore(payload, context)).rejects.toMatchObject({
      code: 'OBJECT_BUSY',
      retryable: true,
      message: expect.stringContaining('nothing was swapped'),
    });
    const tookMs = performance.now() - began;
    expect(await count(database.url, 'notes')).toBe(0);
    const report = await world.vault.records.get('reports', context.jobId);
    const [, toldMs] = /(\d+) ms; all was rolled back/.exec(JSON.stringify(report)) ?? [];
    // It waits 2 s for that lock.
    expect(Number(toldMs)).toBeGreaterThanOrEqual(2000);
    expect(Number(toldMs)).toBeLessThan(tookMs);
    await holder.query('commit');
    expect((await world.engine.restore(payload, contextOf())).record.state).toBe('swapped');
  });

  it('that a superuser just looks into waits for the end of that', async () => {
    const { superuser, world, payload, context } = await visited();
    const restored = world.engine.restore(payload, context);
    await secondLook();
    await superuser.end();
    expect((await restored).record.state).toBe('swapped');
  });
});

it.each(['aside', 'in-place'] as const)(
  'a restore (%s) and an undo wait for a running backup as long as they are told to',
  async (method) => {
    const { database, world, manifest } = await notes();
    const impatient = worldOf([configOf('sage', database.url)], {
      vault: world.vault,
      restorePatienceMs: 100,
    });
    opened.push(() => impatient[Symbol.dispose]());
    const reading = async () => {
      const signal = new AbortController().signal;
      const options = { kind: 'backup', shortId: newShortId('reader', 1), signal } as const;
      const reader = await openLockSession(parseDatabaseUrl(database.url), options);
      opened.push(() => reader.close());
      await takeLock(reader, { scope: 'content', dbname: database.dbname, mode: 'shared' });
    };
    const onBorder = (name: string) => (name === 'restore:proven' ? reading() : undefined);
    const context = contextOf({ onBorder });
    if (method === 'in-place') await reading();
    const payload = restorePayload({ backup: manifest.id, inPlace: method === 'in-place' });
    await impatient.engine.restore(payload, context);
    expect(context.lines).toContainEqual(expect.stringMatching(/^ended sagekeep-backup.*retried later$/));
    if (method === 'in-place') return;
    await reading();
    const undoing = contextOf();
    await impatient.engine.undo({ database: 'sage', restore: 'latest', by: 'tester' }, undoing);
    expect(undoing.lines).toContainEqual(expect.stringMatching(/^ended sagekeep-backup.*retried later$/));
  },
);
