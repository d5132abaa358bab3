import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { newShortId, openLockSession, takeLock } from '../../../packages/engine/src/lock/index.ts';
import { type RestoreDependencies, sweepDatabases } from '../../../packages/engine/src/restore/index.ts';
import { dropLeftover } from '../../../packages/engine/src/restore/sweep/dropLeftover.ts';
import { surveyDatabases } from '../../../packages/engine/src/restore/sweep/surveyDatabases.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { createTools } from '../../../packages/engine/src/tools/index.ts';
import { createDatabase, withDatabase } from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  dropSiblings,
  restorePayload,
  siblings,
  sql,
  worldOf,
} from './harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A world whose clock the test turns. */
async function scene() {
  let skippedMs = 0;
  const now = () => new Date(Date.now() + skippedMs);
  const database = await createDatabase();
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  await sql(database.url, 'create table notes (i int); insert into notes values (1)');
  const databases = [configOf('sage', database.url)];
  const world = worldOf(databases, { now });
  opened.push(() => world[Symbol.dispose]());
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const deps: RestoreDependencies = {
    vault: world.vault,
    databases,
    servers: [],
    log,
    dockerHost: null,
    killGraceMs: 1000,
    restorePatienceMs: 60_000,
    toolVersion: 'test',
    now,
    tools: createTools(),
    backup: (payload, context, other) => worldEngine(other?.url ?? database.url).backup(payload, context),
  };
  const worldEngine = (url: string) => {
    const other = worldOf([configOf('sage', url)], { now });
    opened.push(() => other[Symbol.dispose]());
    closing.push(other);
    return other.engine;
  };
  const closing: ReturnType<typeof worldOf>[] = [];
  const skip = (ms: number) => {
    skippedMs += ms;
  };
  interface Sweeping {
    dryRun?: boolean;
    kept?: string;
    undoing?: string[];
  }
  const sweep = ({ dryRun = false, kept, undoing = [] }: Sweeping = {}) =>
    sweepDatabases(deps, { context: contextOf(), dryRun, kept, undoing });
  const ours = async (options: Sweeping = {}) =>
    (await sweep(options)).actions.filter((action) => action.backup.startsWith(database.dbname));
  return { database, world, deps, sweep, ours, skip, closing };
}

const day = 24 * 3_600_000;

describe('the sweep of databases', () => {
  it('keeps what undo may need until its time is over, then drops it, after a closing backup of it', async () => {
    const { database, world, ours, skip, closing } = await scene();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    await sql(database.url, 'insert into notes values (2)');
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    expect(await ours()).toMatchObject([{ action: 'keep', backup: record.before, database: 'sage' }]);
    skip(day + 1000);
    expect(await ours({ dryRun: true })).toMatchObject([
      { action: 'delete', reason: expect.stringContaining('passed') },
    ]);
    expect(await siblings(database.dbname)).toEqual([record.before]);
    expect(await ours()).toMatchObject([{ action: 'delete', bytes: expect.any(Number) }]);
    expect(await siblings(database.dbname)).toEqual([]);
    const swept = await world.vault.records.get('restores', record.id);
    expect(swept?.state).toBe('expired');
    const made = await closing[0]?.vault.catalogue.get(swept?.closingBackup ?? '');
    expect(made?.manifest).toMatchObject({
      dbname: record.before,
      reason: 'safety',
      label: `closing backup of ${record.id}`,
    });
    expect(made?.manifest.inventory.tables).toMatchObject([{ name: 'public.notes', rows: 2 }]);
  });

  it('keeps it past its time, too, and whoever names it, while a job waits that will undo its restore', async () => {
    const { database, world, ours, sweep, skip } = await scene();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    skip(day + 1000);
    const undoing = [record.id];
    expect(await ours({ undoing })).toMatchObject([
      { action: 'keep', reason: 'a queued or running job will undo its restore' },
    ]);
    const named = await sweep({ kept: record.before ?? '', undoing });
    expect(named.failure).toMatchObject({ code: 'LOCK_BUSY', retryable: true });
    await world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    expect((await world.vault.records.get('restores', record.id))?.state).toBe('undone');
    expect(await siblings(database.dbname)).not.toContain(record.before);
  });

  it('drops the copy that an undo has swapped out in the same way, and its record says so', async () => {
    const { database, world, ours, skip } = await scene();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    await world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    const undone = await world.vault.records.get('restores', record.id);
    expect(await siblings(database.dbname)).toEqual([undone?.swappedOut?.name]);
    skip(day + 1000);
    expect(await ours()).toMatchObject([{ action: 'delete', backup: undone?.swappedOut?.name }]);
    expect(await siblings(database.dbname)).toEqual([]);
    expect(await world.vault.records.get('restores', record.id)).toMatchObject({
      state: 'undone',
      swappedOut: null,
    });
  });

  it('believes no closing backup that is not there any more, or damaged', async () => {
    const { database, world, ours, closing } = await scene();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    for (const recorded of ['sage_backup_20200101_000000', manifest.id]) {
      const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
      if (recorded === manifest.id) {
        for (const { name } of manifest.files) {
          await writeFile(join(world.folder, 'sage', manifest.id, name), 'damaged');
        }
      }
      await world.vault.records.put('restores', record.id, { ...record, closingBackup: recorded });
      expect(await ours({ kept: record.before ?? '' })).toMatchObject([{ action: 'delete' }]);
      const { closingBackup } = (await world.vault.records.get('restores', record.id)) ?? {};
      expect(closingBackup).not.toBe(recorded);
      expect((await closing.at(-1)?.vault.catalogue.get(closingBackup ?? ''))?.manifest.reason).toBe(
        'safety',
      );
    }
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it('drops a kept database before its time when it is named', async () => {
    const { database, world, ours } = await scene();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    const kept = record.before ?? '';
    expect(await ours({ kept })).toMatchObject([{ action: 'delete', reason: 'asked for by name' }]);
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it('drops no other database then, and says why one that was named is still there', async () => {
    const { database, world, deps, sweep, skip } = await scene();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    const before = record.before ?? '';
    skip(day + 1000);
    const typo = await sweep({ kept: `${before}x` });
    expect(typo.failure).toMatchObject({
      code: 'UNKNOWN_DATABASE',
      advice: expect.stringContaining(before),
      facts: { known: expect.arrayContaining([before]) },
    });
    expect((await sweep({ kept: `${before}x`, dryRun: true })).failure).not.toBeNull();
    expect((await sweep({ kept: before, dryRun: true })).failure).toBeNull();
    expect(await siblings(database.dbname)).toEqual([before]);

    const connection = parseDatabaseUrl(database.url);
    const signal = new AbortController().signal;
    const lock = await openLockSession(connection, { kind: 'restore', shortId: 'x', signal });
    await takeLock(lock, { scope: 'restore', dbname: database.dbname, mode: 'exclusive' });
    const busy = await sweep({ kept: before });
    await lock[Symbol.asyncDispose]();
    expect(busy.failure).toMatchObject({ code: 'LOCK_BUSY', message: expect.stringContaining(before) });
    expect(busy.actions).toMatchObject([{ action: 'keep', backup: before }]);
    expect(await siblings(database.dbname)).toEqual([before]);

    const gone = [{ name: 'rescue', url: 'postgresql://ann:secret@127.0.0.1:1/x' }];
    const away = { context: contextOf(), dryRun: false };
    const { failure } = await sweepDatabases({ ...deps, servers: gone }, { ...away, kept: 'typo' });
    expect(failure).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('ann@127.0.0.1:1'),
    });
    const rest = { ...deps, servers: gone, databases: [] };
    expect(await sweepDatabases(rest, away)).toMatchObject({
      actions: [
        { backup: 'ann@127.0.0.1:1', action: 'keep', reason: expect.stringContaining('not be swept') },
      ],
      failure: null,
    });
  });

  it('drops what dead attempts were building, and only that', async () => {
    const { database, ours } = await scene();
    const [dead, alive] = [newShortId('dead', 1), newShortId('alive', 1)].map(
      (id) => `${database.dbname}_scratch_${id}`,
    );
    if (dead === undefined || alive === undefined) throw new Error('two names');
    await using _dead = await createDatabase({ name: dead });
    await using _alive = await createDatabase({ name: alive });
    await using _foreign = await createDatabase({ name: `${database.dbname}_scratch_mine` });
    const connection = parseDatabaseUrl(database.url);
    const signal = new AbortController().signal;
    await using lock = await openLockSession(connection, { kind: 'prove', shortId: 'x', signal });
    await takeLock(lock, { scope: 'made', dbname: alive, mode: 'exclusive' });
    const actions = await ours();
    expect(actions).toHaveLength(2);
    expect(actions).toContainEqual(expect.objectContaining({ backup: dead, action: 'delete' }));
    expect(actions).toContainEqual(expect.objectContaining({ backup: alive, action: 'keep' }));
    expect(await siblings(database.dbname)).toEqual([alive, `${database.dbname}_scratch_mine`].sort());
  });

  it('leaves alone what is built for the database "postgres", whose locks live elsewhere', async () => {
    const { sweep, deps, database } = await scene();
    const name = `postgres_scratch_${newShortId('alive', 1)}`;
    await using alive = await createDatabase({ name });
    const signal = new AbortController().signal;
    const connection = parseDatabaseUrl(withDatabase(database.url, 'postgres'));
    await using lock = await openLockSession(connection, { kind: 'prove', shortId: 'x', signal });
    await takeLock(lock, { scope: 'made', dbname: name, mode: 'exclusive' });
    const found = async () => (await sweep()).actions.find(({ backup }) => backup === name);
    expect(await found()).toMatchObject({ action: 'keep', reason: 'a restore or proof is building it' });
    const context = contextOf();
    const { leftovers } = await surveyDatabases(deps, { context });
    const [leftover] = leftovers.filter((each) => each.name === name);
    if (leftover === undefined) throw new Error('it is one of ours');
    expect(await dropLeftover(deps, leftover, context)).toBeNull();
    expect(await sql(alive.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await lock.close();
    expect(await found()).toMatchObject({ action: 'delete' });
  });
});
