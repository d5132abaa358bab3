import { join } from 'node:path';
import type { JobView } from '@sagekeep/contracts';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testWorld } from '../../../apps/cli/src/testing/world.ts';
import { newShortId, openLockSession, takeLock } from '../../../packages/engine/src/lock/index.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { publishBackup } from './catalogue.ts';
import { say } from './online.ts';

const folder = temporaryFolder();
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase({ template: 'sample' });
});
afterAll(async () => {
  await administer(async (client) => {
    const like = `${database.dbname}\\_%`;
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname LIKE $1',
      [like],
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
  });
  await database.drop();
  folder.remove();
});

/** Runs a verb offline; the job that it prints as JSON. */
async function work(...argv: string[]): Promise<{ code: number; job: JobView }> {
  const { code, out, err } = await say([...argv, '--offline', '--json'], worldHere());
  expect(out, err).toMatch(/^\{/);
  return { code, job: JSON.parse(out) as JobView };
}

function worldHere() {
  const environment = {
    DATABASE_URL: database.url,
    SAGEKEEP_DATABASE: 'sage',
    SAGEKEEP_STORAGE: join(folder.path, 'backups'),
    // Nobody listens there: offline means without it.
    REDIS_URL: 'redis://127.0.0.1:1',
  };
  return testWorld({ root: folder.path, environment, now: () => new Date() });
}

it('backs up, proves, plans, restores, undoes, verifies and cleans up without API and Redis', async () => {
  const backup = await work('backup');
  expect(backup).toMatchObject({
    code: 0,
    job: { state: 'completed', queue: 'backup', payload: { database: 'sage' } },
  });
  expect(backup.job.id).toMatch(/^offline-/);
  expect(await work('prove', 'latest')).toMatchObject({
    code: 0,
    job: { result: { proof: { result: 'proven' } } },
  });
  const plan = await work('plan', 'sage', 'latest');
  expect(plan).toMatchObject({ code: 0, job: { result: { plan: { obstacles: [], targetExists: true } } } });
  await administer((client) => client.query('DELETE FROM memories'), database.url);
  const restore = await work('restore', 'sage', 'latest', '-f');
  expect(restore).toMatchObject({ code: 0, job: { result: { proof: expect.stringContaining('proven') } } });
  expect(await rows()).toBe(400);
  expect(await work('undo', '-f')).toMatchObject({ code: 0, job: { state: 'completed' } });
  expect(await rows()).toBe(0);
  expect((await work('verify', '--quick')).job).toMatchObject({
    state: 'completed',
    result: { findings: expect.any(Array) },
  });
  expect(await work('cleanup', '--dry-run')).toMatchObject({
    code: 0,
    job: { result: { dryRun: true, freedBytes: 0 } },
  });
  // Kept by the undo: dropped when it is named rightly.
  const kept = await keptDatabases();
  const typo = await work('cleanup', '--kept', `${kept[0]}x`);
  expect(typo).toMatchObject({ code: 1, job: { state: 'failed', error: { code: 'UNKNOWN_DATABASE' } } });
  for (const name of kept) expect(typo.job.error?.advice).toContain(name);
  expect(await keptDatabases()).toEqual(kept);
  expect(await work('cleanup', '--kept', kept[0] ?? '')).toMatchObject({ code: 0 });
  expect(await keptDatabases()).toEqual(kept.slice(1));
});

it('deletes a backup by the command that it names, and none without the hash of the plan', async () => {
  const storage = createFolderStorage({ folder: join(folder.path, 'backups') });
  const vault = createVault({ storage, now: () => new Date() });
  const days = [60, 61, 62, 63];
  for (const day of days) await publishBackup(vault, {}, new Date(Date.now() - day * 86_400_000));
  // A success after it, without which nothing ages.
  expect((await work('backup')).code).toBe(0);
  expect((await work('prove', 'latest')).code).toBe(0);
  const count = async () => (await vault.catalogue.list()).backups.length;
  const before = await count();

  const kept = await say(['cleanup', 'sage', '--offline'], worldHere());
  expect(kept.code).toBe(3);
  expect(kept.out).toContain('Deleted 0');
  expect(kept.out).toMatch(/sage: .*the queue could not be asked .* \(3 would go\)/);
  expect(await count()).toBe(before);
  const command = /sagekeep (?<argv>cleanup sage --offline --plan-hash [0-9a-f]{64})$/m.exec(kept.out);
  const dry = await say(['cleanup', 'sage', '--dry-run', '--offline'], worldHere());
  expect(dry.code).toBe(0);
  expect(dry.out).toContain(command?.[0]);
  const done = await say(command?.groups?.['argv']?.split(' ') ?? [], worldHere());
  expect(done.code, done.err).toBe(0);
  expect(done.out).toContain('Deleted 3, freed ');
  expect(await count()).toBe(before - 3);
});

it('ends a restore whose name was not typed rightly with 2, and touches nothing', async () => {
  const { code, job } = await work('restore', 'sage', 'latest', '-f', '--without-safety', 'other');
  expect(code).toBe(2);
  expect(job).toMatchObject({ error: { code: 'CONFIRMATION_MISMATCH' } });
});

async function keptDatabases(): Promise<string[]> {
  let names: string[] = [];
  await administer(async (client) => {
    const like = `${database.dbname}\\_%`;
    const text = 'SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1';
    const found = await client.query<{ datname: string }>(text, [like]);
    names = found.rows.map(({ datname }) => datname);
  });
  return names;
}

async function rows(): Promise<number | undefined> {
  let n: number | undefined;
  await administer(async (client) => {
    const { rows: found } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM memories');
    n = found[0]?.n;
  }, database.url);
  return n;
}

it('waits for whoever works with the database, and says for whom', async () => {
  const connection = parseDatabaseUrl(database.url);
  const signal = new AbortController().signal;
  const lock = await openLockSession(connection, { kind: 'undo', shortId: newShortId('other', 1), signal });
  await takeLock(lock, { scope: 'content', dbname: database.dbname, mode: 'exclusive' });
  const world = worldHere();
  const backup = say(['backup', '--offline', '--json'], world);
  await waitFor(async () => world.written().err.includes('Waits: '));
  expect(world.written().err).toContain('sagekeep-undo/');
  await lock.close();
  expect((await backup).code).toBe(0);
});
