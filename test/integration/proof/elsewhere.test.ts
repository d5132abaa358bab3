import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from '@sagekeep/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changeManifest } from '../../../packages/storage/src/testing/changeManifest.ts';
import {
  createDatabase,
  type PrivateTestServer,
  startPrivatePostgres,
  type TestDatabase,
} from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  siblings,
  sql,
  type TestContext,
  worldOf,
} from '../restore/harness.ts';
import { notes, rewrite } from './scene.ts';

let database: TestDatabase;
let rescue: PrivateTestServer;
beforeEach(async () => {
  database = await createDatabase();
  rescue = await startPrivatePostgres({ durable: false });
});
afterEach(async () => {
  await Promise.all([database.drop(), rescue.stop()]);
});

const proof = { when: 'every-backup', where: 'rescue', vectorIndexes: true } as const;

/** A backup of the database, to be proven on the other server. */
async function backupOf(content: string, servers: ServerConfig[] = [{ name: 'rescue', url: rescue.url }]) {
  await sql(database.url, content);
  const world = worldOf([configOf('sage', database.url, { proof })], { servers });
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  return {
    prove: (context: TestContext = contextOf()) =>
      world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, context),
    manifest,
    folder: join(world.folder, 'sage', manifest.id),
    mark: async () => (await world.vault.catalogue.get(manifest.id)).marks.proof,
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

const scratchesThere = () => sql(rescue.url, `select from pg_database where datname ~ '_scratch_'`);

it('a proof is run on the server that is configured for it, and only there', async () => {
  using backup = await backupOf(notes);
  const seen: unknown[] = [];
  const context = contextOf({
    onBorder: async (name) => {
      if (name === 'prove:data') seen.push((await scratchesThere()).length, await siblings(database.dbname));
    },
  });
  expect(await backup.prove(context)).toMatchObject({ result: 'proven', where: 'rescue' });
  expect(seen).toEqual([1, []]);
  expect(await backup.mark()).toMatchObject({ result: 'proven', where: 'rescue' });
  expect(await scratchesThere()).toEqual([]);
});

it('what the other server lacks says nothing of the backup, and what to do is said', async () => {
  const role = `only_here_${process.pid}`;
  await sql(database.url, `create role ${role}; create table theirs (id int)`);
  using backup = await backupOf(`alter table theirs owner to ${role}`);
  await expect(backup.prove()).rejects.toMatchObject({
    code: 'ROLE_MISSING',
    message: expect.stringContaining(role),
  });
  expect(await backup.mark()).toBeNull();
  expect(await scratchesThere()).toEqual([]);
  await sql(rescue.url, `create role ${role}`);
  expect(await backup.prove()).toMatchObject({ result: 'proven', where: 'rescue' });
  await sql(database.url, `drop owned by ${role}; drop role ${role}`);
});

it('while the other server is down the proof waits, though the own one is there', async () => {
  using backup = await backupOf(notes);
  await rescue.signal('SIGQUIT');
  await expect(backup.prove()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: true });
  expect(await backup.mark()).toBeNull();
  await rescue.restart();
  expect(await backup.prove()).toMatchObject({ result: 'proven', where: 'rescue' });
});

it('a server of an older major is named as that, before its pg_restore looks at an archive that it cannot read', async () => {
  using backup = await backupOf(notes);
  const name = backup.manifest.files.find(({ format }) => format === 'custom')?.name ?? '';
  const path = join(backup.folder, name);
  // The archive's own version is 1.99, as a pg_dump of years to come may write it.
  await rewrite(path, (bytes) => bytes.writeUInt8(99, 'PGDMP'.length + 1));
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  await changeManifest(join(backup.folder, 'manifest.json'), (changed) => {
    changed.serverVersionNum = 990_001;
    changed.serverVersion = '99.1';
    changed.files = changed.files.map((file) => (file.name === name ? { ...file, sha256 } : file));
  });
  await expect(backup.prove()).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    message: expect.stringContaining('PostgreSQL 99.1'),
    advice: expect.stringContaining('proof.where'),
  });
  expect(await backup.mark()).toBeNull();
  expect(await scratchesThere()).toEqual([]);
});

it('what newer tools wrote is for a newer server: on an older one that is no verdict on the backup, and nothing is made', async () => {
  using backup = await backupOf(notes);
  await changeManifest(join(backup.folder, 'manifest.json'), (changed) => {
    changed.clientVersion = '17.6';
  });
  const outcome = await backup.prove().catch((error: unknown) => error);
  const isOlder = backup.manifest.serverVersionNum < 170_000;
  expect(outcome).toMatchObject(
    isOlder
      ? { code: 'VERSION_MISMATCH', retryable: false, message: expect.stringContaining('17.6') }
      : { result: expect.stringMatching(/proven$/) },
  );
  expect((await backup.mark()) === null).toBe(isOlder);
  expect(await scratchesThere()).toEqual([]);
});
