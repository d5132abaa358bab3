import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { postgresIdentity } from '../../../apps/local/src/servers/identity.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  sql,
  type TestContext,
  worldOf,
} from '../../integration/restore/harness.ts';
import {
  type PrivateTestServer,
  startPrivatePostgres,
  withDatabase,
  withParts,
} from '../../support/servers.ts';
import { type Disk, openDisk, run } from '../storage/fixtures/disk.ts';

const rows = (count: number) => `
  create table notes (id int, body text);
  insert into notes select i, repeat(md5(i::text), 20) from generate_series(1, ${count}) i;
  create index on notes (body, id)`;

/** An index takes seconds: time enough to look at the disk meanwhile. */
const slow = `
  create function slowly(i int) returns int immutable language plpgsql as
    'begin perform pg_sleep(0.05); return i; end';
  create table t (i int); insert into t select generate_series(1, 70); create index on t (slowly(i))`;

const full = { code: 'SPACE_MISSING', retryable: true };

const empty = (disk: Disk) => rm(join(disk.folder, 'filler'));

/** A folder on the disk that is the server's own. */
async function folderOn(disk: Disk, name: string): Promise<string> {
  const folder = join(disk.folder, name);
  await mkdir(folder, { mode: 0o700 });
  const { uid, gid } = await postgresIdentity();
  await run('chown', [`${uid}:${gid}`, folder]);
  return folder;
}

/** The database with this content, and a backup of it; without an URL it belongs to the superuser. */
async function sceneOn(server: PrivateTestServer, content: string, url = withDatabase(server.url, 'live')) {
  await sql(url, content);
  // Whatever is not on the disk yet could not be written when that is full.
  await sql(server.url, 'checkpoint');
  const world = worldOf([configOf('sage', url)]);
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  return {
    prove: (context: TestContext = contextOf()) =>
      world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, context),
    mark: async () => (await world.vault.catalogue.get(manifest.id)).marks.proof,
    databases: async () => {
      const found = await sql<{ name: string }>(
        server.url,
        `select datname as name from pg_database where datname ~ '^live'`,
      );
      return found.map(({ name }) => name);
    },
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

async function onSmallDisk(disk: Disk): Promise<PrivateTestServer> {
  const server = await startPrivatePostgres({ durable: false });
  await sql(server.url, `create role owner login createdb password 'private'`);
  await sql(server.url, `create tablespace small location '${await folderOn(disk, 'space')}'`);
  await sql(server.url, 'grant create on tablespace small to owner');
  await sql(server.url, 'create database live owner owner tablespace small');
  return server;
}

it.each(['prove:create', 'prove:pre-data', 'prove:data'])(
  'the disk of the server is full from %s on: nothing is said of the backup, nothing is left, and it can be proven later',
  async (border) => {
    await using disk = await openDisk('size=120m');
    await using server = await onSmallDisk(disk);
    // A role that may not look at the disk: what it hears of it, the server says.
    const url = withParts(withDatabase(server.url, 'live'), { user: 'owner', password: 'private' });
    using place = await sceneOn(server, rows(8000), url);
    const context = contextOf({ onBorder: (name) => (name === border ? disk.fill() : undefined) });
    await expect(place.prove(context)).rejects.toMatchObject(full);
    expect(await place.mark()).toBeNull();
    expect(await place.databases()).toEqual(['live']);
    await empty(disk);
    expect((await place.prove()).result).toBe('proven');
    expect(await place.databases()).toEqual(['live']);
  },
);

it('a proof ends when the room on the disk runs short while it builds, and begins on none that is short', async () => {
  await using disk = await openDisk('size=3g');
  await using server = await onSmallDisk(disk);
  using place = await sceneOn(server, slow);
  const shrink = () => disk.remount('size=200m');
  const context = contextOf({
    onBorder: async (name) => void (name === 'prove:data' && (await shrink())),
  });
  await expect(place.prove(context)).rejects.toMatchObject({
    ...full,
    advice: expect.stringContaining('proof.where'),
  });
  expect(await place.mark()).toBeNull();
  expect(await place.databases()).toEqual(['live']);
  const again = contextOf();
  await expect(place.prove(again)).rejects.toMatchObject(full);
  expect(again.phases).toEqual([]);
});

it('a server that its full disk brings down says nothing of the backup, which can be proven when it is back', async () => {
  await using disk = await openDisk('size=96m');
  // Segments that it keeps to use again need no room.
  const settings = { max_wal_size: '32MB', min_wal_size: '32MB', wal_recycle: 'off' };
  await using server = await startPrivatePostgres({ durable: false, settings });
  await sql(server.url, 'create database live');
  using place = await sceneOn(server, rows(40_000));
  await moveWal(server, disk);
  const fill = async () => {
    // Later ones have no segment left to remove, which would make room.
    await sql(server.url, 'checkpoint');
    await disk.fill();
  };
  const context = contextOf({ onBorder: (name) => (name === 'prove:pre-data' ? fill() : undefined) });
  await expect(place.prove(context)).rejects.toMatchObject({ retryable: true });
  expect(await place.mark()).toBeNull();
  await empty(disk);
  await server.restart();
  expect((await place.prove()).result).toBe('proven');
  expect(await place.databases()).toEqual(['live']);
});

/** From now on its write-ahead log is on the disk. */
async function moveWal(server: PrivateTestServer, disk: Disk): Promise<void> {
  const log = join(server.folder, 'postgresql/data/pg_wal');
  const moved = join(await folderOn(disk, 'log'), 'pg_wal');
  await server.signal('SIGINT');
  await run('mv', [log, moved]);
  await run('ln', ['-s', moved, log]);
  await server.restart();
}
