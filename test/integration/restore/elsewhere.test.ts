import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import {
  createDatabase,
  createRole,
  startPrivatePostgres,
  withDatabase,
  withParts,
} from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  count,
  dropSiblings,
  planPayload,
  restorePayload,
  sql,
  worldOf,
} from './harness.ts';

/** Two servers with a database of the same name, `a` on one and `b` on the other. */
async function twins() {
  const servers = [await startPrivatePostgres(), await startPrivatePostgres()];
  const urls = servers.map((server) => withDatabase(server.url, 'live'));
  for (const [at, { url }] of servers.entries()) {
    await sql(url, 'create database live');
    await sql(urls[at] ?? '', 'create table notes (i int); insert into notes values (7)');
  }
  const world = worldOf([configOf('a', urls[0] ?? ''), configOf('b', urls[1] ?? '')]);
  const { vault, engine } = world;
  const restore = async (database: string, context = contextOf()) => {
    const { manifest } = await engine.backup(backupPayload(database), contextOf());
    return (await engine.restore(restorePayload({ database, backup: manifest.id }), context)).record;
  };
  const databasesOf = async (dryRun: boolean) => {
    const nothing = { backups: [], known: true };
    const { plan } = await engine.cleanup({ dryRun, by: 'tester' }, contextOf(), nothing);
    const found = plan.plan.filter(({ subject }) => subject === 'database');
    return Object.fromEntries(found.map(({ backup, database }) => [backup, database]));
  };
  const close = async () => {
    world[Symbol.dispose]();
    for (const server of servers) await server.stop();
  };
  return { engine, vault, restore, databasesOf, [Symbol.asyncDispose]: close };
}

describe('two servers with databases of one name', () => {
  it('keep their restores apart, with and without the identifier of the server on record', async () => {
    await using both = await twins();
    const { vault, engine } = both;
    const seen: unknown[] = [];
    const inBetween = contextOf({
      onBorder: async (name) => {
        if (name !== 'restore:proven') return;
        await both.restore('b');
        const { items } = await vault.records.list('restores');
        seen.push(items.find((item) => item.database === 'a')?.state);
      },
    });
    const a = await both.restore('a', inBetween);
    expect(seen).toEqual(['building']);
    const b = (await vault.records.list('restores')).items.find((item) => item.database === 'b');
    if (b === undefined) throw new Error('b was restored');
    expect(a.serverId).not.toBe(b.serverId);
    const expected = { [a.before ?? '']: 'a', [b.before ?? '']: 'b' };
    for (const serverId of [b.serverId, undefined]) {
      // The number of one server's database means another one on the other.
      const stranger = { ...b, serverId, asideOid: a.beforeOid, startedAt: '2999-01-01T00:00:00.000Z' };
      await vault.records.put('restores', b.id, stranger);
      expect(await both.databasesOf(true)).toEqual(expected);
    }
    const gone = { ...a, id: 'of-a-server-that-is-gone', serverId: '1' };
    await vault.records.put('restores', gone.id, gone);
    await expect(
      engine.undo({ database: 'a', restore: gone.id, by: 'tester' }, contextOf()),
    ).rejects.toMatchObject({ code: 'UNDO_IMPOSSIBLE', message: expect.stringContaining('another server') });
    await vault.records.put('restores', gone.id, { ...gone, state: 'building' });
    await both.databasesOf(false);
    expect(await vault.records.get('restores', gone.id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('replaced'),
    });
  });
});

describe('another server', () => {
  it('is missing roles by name; with createRoles they come from the backup, passwords among them', async () => {
    await using server = await startPrivatePostgres();
    await using owner = await createRole();
    await using reader = await createRole();
    const database = await createDatabase({ owner });
    await sql(
      database.ownerUrl,
      `create table notes (i int); insert into notes values (1), (2); grant select on notes to ${reader.name}`,
    );
    using world = worldOf([configOf('sage', database.url)], {
      servers: [{ name: 'rescue', url: server.url }],
    });
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const payload = restorePayload({ backup: manifest.id, server: 'rescue' });
    const plan = await world.engine.plan(planPayload({ backup: manifest.id, server: 'rescue' }), contextOf());
    expect([...plan.missingRoles].sort()).toEqual([owner.name, reader.name].sort());
    expect(plan).toMatchObject({
      targetExists: false,
      obstacles: [expect.stringContaining('--create-roles')],
    });
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject({ code: 'ROLE_MISSING' });
    const { record } = await world.engine.restore({ ...payload, createRoles: true }, contextOf());
    expect(record).toMatchObject({
      state: 'swapped',
      server: 'rescue',
      before: null,
      proof: { result: 'proven' },
    });
    const there = withDatabase(server.url, database.dbname);
    expect(await count(there, 'notes')).toBe(2);
    expect(await sql(there, `select tableowner from pg_tables where tablename = 'notes'`)).toEqual([
      { tableowner: owner.name },
    ]);
    const asOwner = withParts(there, { user: owner.name, password: owner.password });
    expect(await sql(asOwner, 'select current_user as name')).toEqual([{ name: owner.name }]);
    expect(manifest.warnings).toContainEqual(expect.stringContaining('globals.sql holds the stored'));
    expect(record.notes.join()).not.toContain('password');
    await expect(
      world.engine.restore(restorePayload({ backup: manifest.id, server: 'nowhere' }), contextOf()),
    ).rejects.toMatchObject({ code: 'UNKNOWN_SERVER', advice: expect.stringContaining('rescue') });
    await dropSiblings(database.dbname);
    await database.drop();
  });

  it('whose missing roles a failed attempt has made is still what the plan was made from', async () => {
    await using server = await startPrivatePostgres({ durable: false });
    await using owner = await createRole();
    const database = await createDatabase({ owner });
    await sql(database.ownerUrl, 'create table notes (i int); insert into notes values (1)');
    using world = worldOf([configOf('sage', database.url)], {
      servers: [{ name: 'rescue', url: server.url }],
    });
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const asked = { backup: manifest.id, server: 'rescue', createRoles: true };
    const { planHash, missingRoles } = await world.engine.plan(planPayload(asked), contextOf());
    expect(missingRoles).toEqual([owner.name]);
    const payload = restorePayload({ ...asked, planHash });
    const jobId = 'roles-made';
    const onBorder = (name: string) =>
      name === 'restore:create' ? Promise.reject(new Error('not today')) : undefined;
    await expect(world.engine.restore(payload, contextOf({ jobId, onBorder }))).rejects.toThrow('not today');
    expect(await sql(server.url, `select 1 from pg_roles where rolname = '${owner.name}'`)).toHaveLength(1);
    const { record } = await world.engine.restore(payload, contextOf({ jobId, attempt: 2 }));
    expect(record).toMatchObject({ state: 'swapped', attempt: 2 });
    await dropSiblings(database.dbname);
    await database.drop();
  });

  it('has no missing role that somebody else makes at the same time', async () => {
    await using server = await startPrivatePostgres({ durable: false });
    await using owner = await createRole();
    const database = await createDatabase({ owner });
    await sql(database.ownerUrl, 'create table notes (i int)');
    using world = worldOf([configOf('sage', database.url)], {
      servers: [{ name: 'rescue', url: server.url }],
    });
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    await other.query(`begin; create role "${owner.name}"`);
    const payload = restorePayload({ backup: manifest.id, server: 'rescue', createRoles: true });
    const restored = world.engine.restore(payload, contextOf());
    const waits = `select from pg_stat_activity where application_name like 'sagekeep-restore/%' and wait_event_type = 'Lock'`;
    await waitFor(async () => (await sql(server.url, waits)).length > 0, {
      what: 'the restore to meet the role',
    });
    await other.query('commit');
    await other.end();
    expect((await restored).record.state).toBe('swapped');
    await dropSiblings(database.dbname);
    await database.drop();
  });

  it('gets no role from damaged globals, and a restore that needs none names them', async () => {
    await using server = await startPrivatePostgres({ durable: false });
    await using owner = await createRole();
    const database = await createDatabase({ owner });
    await sql(database.ownerUrl, 'create table notes (i int); insert into notes values (1)');
    using world = worldOf([configOf('sage', database.url)], {
      servers: [{ name: 'rescue', url: server.url }],
    });
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const globals = manifest.files.find(({ format }) => format === 'globals')?.name ?? '';
    await appendFile(join(world.folder, 'sage', manifest.id, globals), 'CREATE ROLE intruder;\n');
    const payload = restorePayload({ backup: manifest.id, server: 'rescue', createRoles: true });
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'FILE_DAMAGED',
      message: expect.stringContaining(globals),
      advice: expect.stringMatching(new RegExp(`by hand .*${owner.name}.* without --create-roles`)),
    });
    const made = `select rolname from pg_roles where rolname in ('intruder', '${owner.name}')`;
    expect(await sql(server.url, made)).toEqual([]);
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    await sql(server.url, `create role "${owner.name}"`);
    const { record, report } = await world.engine.restore({ ...payload, createRoles: false }, contextOf());
    expect(record.notes).toContainEqual(`${globals} is damaged: it was not used.`);
    expect(JSON.stringify(report)).toContain(`${globals} is damaged`);
    await dropSiblings(database.dbname);
    await database.drop();
  });

  it('gets roles without a password when the backup has none or the server takes none, and the record says so', async () => {
    await using source = await startPrivatePostgres({ durable: false });
    // It refuses passwords that are the role's own name.
    const settings = { session_preload_libraries: 'passwordcheck' };
    await using target = await startPrivatePostgres({ durable: false, settings });
    await sql(source.url, `create role keeper login createdb password 'keeper'`);
    await sql(source.url, 'create database live owner keeper');
    const live = { dbname: 'live' };
    const asKeeper = withParts(source.url, { ...live, user: 'keeper', password: 'keeper' });
    await sql(asKeeper, 'create table notes (i int)');
    const restored = async (url: string): Promise<string> => {
      using world = worldOf([configOf('sage', url)], { servers: [{ name: 'rescue', url: target.url }] });
      const { manifest } = await world.engine.backup(backupPayload(), contextOf());
      const payload = restorePayload({ backup: manifest.id, server: 'rescue', createRoles: true });
      const { record } = await world.engine.restore(payload, contextOf());
      expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' } });
      expect(await sql(target.url, `select rolpassword from pg_authid where rolname = 'keeper'`)).toEqual([
        { rolpassword: null },
      ]);
      await sql(target.url, 'drop database live');
      await sql(target.url, 'drop role keeper');
      return record.notes.join('\n');
    };
    expect(await restored(asKeeper)).toContain('The backup has no password for keeper: set one');
    expect(await restored(withParts(source.url, live))).toMatch(
      /server refused the stored password of keeper: .*must not/i,
    );
  });

  it('that was emptied gets the proven backup back by one call', async () => {
    await using server = await startPrivatePostgres();
    await sql(server.url, 'create role sage login superuser');
    await sql(server.url, 'create database live owner sage');
    const url = withDatabase(server.url, 'live');
    await sql(url, 'create table notes (i int); insert into notes values (7)');
    using world = worldOf([configOf('sage', url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
    await sql(server.url, 'drop database live');
    await sql(server.url, 'drop role sage');
    const { record } = await world.engine.restore(
      restorePayload({ backup: 'latest', createRoles: true }),
      contextOf(),
    );
    expect(record).toMatchObject({ backup: manifest.id, state: 'swapped' });
    expect(record.notes.join()).toContain('nothing to save');
    expect(await count(url, 'notes')).toBe(1);
    expect(
      await sql(
        url,
        'select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database()',
      ),
    ).toEqual([{ owner: 'sage' }]);
  });
});
