import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { newShortId, openLockSession, takeTarget } from '../../../packages/engine/src/lock/index.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { createDatabase, type TestDatabase } from '../../support/servers.ts';
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
  type World,
  worldOf,
} from './harness.ts';

const schema = `
  create table notes (id serial primary key, text text, at timestamptz default now());
  insert into notes (text) select repeat(md5(i::text), 3) from generate_series(1, 2000) i;
  create index on notes (text);
  create view recent as select * from notes order by at desc limit 10;`;

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

interface Scene extends World {
  readonly database: TestDatabase;
  readonly manifest: Manifest;
}

/** A database with notes, and one backup of it. */
async function scene(name?: string): Promise<Scene> {
  const database = await createDatabase(name === undefined ? {} : { name });
  opened.push(async () => {
    await database.drop();
    await dropSiblings(database.dbname);
  });
  await sql(database.url, schema);
  const world = worldOf([configOf('sage', database.url)]);
  opened.push(() => Promise.resolve(world[Symbol.dispose]()));
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  return { ...world, database, manifest };
}

function fileOf({ folder, manifest }: Scene, format: 'custom' | 'sql'): string {
  const name = manifest.files.find((file) => file.format === format)?.name ?? '';
  return join(folder, 'sage', manifest.id, name);
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

describe('a restore', () => {
  it('brings the backed-up state back, keeps the old one, and says how to undo it', async () => {
    const { engine, database, manifest, vault } = await scene();
    await sql(database.url, 'drop view recent; delete from notes where id > 10; create table later (i int)');
    const context = contextOf();
    const { record, report } = await engine.restore(restorePayload({ backup: manifest.id }), context);
    expect(record).toMatchObject({ state: 'swapped', backup: manifest.id, error: null, differences: [] });
    expect(record.proof?.result).toBe('proven');
    expect(record.downtimeMs).toBeLessThan(longestGapMs);
    expect(record.tables).toContainEqual({ name: 'public.notes', before: 10, after: 2000 });
    expect(await count(database.url, 'notes')).toBe(2000);
    expect(await count(database.url, 'recent')).toBe(10);
    expect(await siblings(database.dbname)).toEqual([record.before]);
    expect(await vault.records.get('restores', record.id)).toEqual(record);
    expect(await vault.records.get('reports', context.jobId)).toEqual(report);
    expect(JSON.stringify(report)).toContain('sagekeep undo sage');
    const safety = await vault.catalogue.get(record.safetyBackup ?? '');
    expect(safety.manifest.reason).toBe('safety');
    expect(safety.manifest.inventory.tables.map((table) => table.name)).toContain('public.later');
  });

  it('is undone, and what was written meanwhile stays in the copy that is swapped out', async () => {
    const { engine, database, manifest } = await scene();
    await sql(database.url, 'create table later (i int)');
    const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    await sql(database.url, `insert into notes (text) values ('after the restore')`);
    const undone = await engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    expect(undone.record.state).toBe('undone');
    expect(await count(database.url, 'later')).toBe(0);
    expect(await count(database.url, 'notes')).toBe(2000);
    const out = undone.record.swappedOut?.name ?? '';
    expect(await siblings(database.dbname)).toEqual([out]);
    const swappedOut = new URL(database.url);
    swappedOut.pathname = `/${encodeURIComponent(out)}`;
    expect(await count(swappedOut.href, 'notes')).toBe(2001);
    await expect(
      engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf()),
    ).rejects.toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });

  it('whose undo died right after its swap is undone after the next cleanup, and for the undo that is run again', async () => {
    const { engine, database, manifest, vault } = await scene();
    const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    const payload = { database: 'sage', restore: record.id, by: 'tester' };
    const dying = contextOf({
      jobId: 'dying',
      onBorder: (name) => (name === 'undo:swap' ? Promise.reject(new Error('dead')) : undefined),
    });
    await expect(engine.undo(payload, dying)).rejects.toThrow('dead');
    expect(await vault.records.get('restores', record.id)).toMatchObject({ state: 'swapped' });
    const known = { backups: [], known: true };
    const { plan } = await engine.cleanup({ dryRun: false, by: 'tester' }, contextOf(), known);
    const [out] = await siblings(database.dbname);
    expect(await vault.records.get('restores', record.id)).toMatchObject({
      state: 'undone',
      swappedOut: { name: out },
    });
    expect(plan.plan).toContainEqual(expect.objectContaining({ backup: out, action: 'keep' }));
    expect(JSON.stringify(await vault.records.get('reports', record.jobId))).toContain('It was undone.');
    const again = await engine.undo(payload, contextOf({ jobId: 'dying', attempt: 2 }));
    expect(again).toMatchObject({ downtimeMs: null, record: { state: 'undone' } });
    expect(await siblings(database.dbname)).toEqual([out]);
  });

  it('is not restored again by its own job, which did not hear that it was done', async () => {
    const { engine, database, manifest } = await scene();
    await sql(database.url, 'create table later (i int)');
    const payload = restorePayload({ backup: manifest.id });
    const { record } = await engine.restore(payload, contextOf({ jobId: 'unheard' }));
    await engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    const again = engine.restore(payload, contextOf({ jobId: 'unheard', attempt: 2 }));
    await expect(again).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      retryable: false,
      message: expect.stringContaining(`${record.id} live before, and it was undone since`),
    });
    expect(await count(database.url, 'later')).toBe(0);
  });

  it('names the safety backup when what it kept is gone', async () => {
    const { engine, database, manifest } = await scene();
    const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    await dropSiblings(database.dbname);
    await expect(
      engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf()),
    ).rejects.toMatchObject({
      code: 'UNDO_IMPOSSIBLE',
      advice: expect.stringContaining(`sagekeep restore sage ${record.safetyBackup}`),
    });
  });

  it.each(['a=b "c" \'d', '記憶 🐘', 'x'.repeat(63)])('works for a database called %s', async (name) => {
    const { engine, database, manifest } = await scene(name);
    await sql(database.url, 'drop table notes cascade');
    const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    opened.push(() => dropSiblings([...(record.before ?? '')].slice(0, 20).join('')));
    expect(await count(database.url, 'notes')).toBe(2000);
    await engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    await expect(count(database.url, 'notes')).rejects.toThrow('does not exist');
  });

  it('does nothing that the name of a database says', async () => {
    await using other = await createDatabase();
    const { engine, database, manifest } = await scene(`x"; drop database ${other.dbname}; --`);
    await sql(database.url, 'drop table notes cascade');
    const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' } });
    expect(await count(database.url, 'notes')).toBe(2000);
    await engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf());
    expect(await sql(other.url, 'select current_database() as name')).toEqual([{ name: other.dbname }]);
  });

  it('creates the database on the worst night, when there is nothing to save', async () => {
    const { engine, database, manifest } = await scene();
    await database.drop();
    const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    expect(record).toMatchObject({ state: 'swapped', before: null, safetyBackup: null });
    expect(record.notes.join()).toContain('nothing to save');
    expect(await count(database.url, 'notes')).toBe(2000);
  });

  it('that has to wait for another one asks for the lock before it reads anything', async () => {
    const it = await scene();
    const connection = parseDatabaseUrl(it.database.url);
    const other = { jobId: 'other', attempt: 1, shortId: newShortId('other', 1), dbname: connection.dbname };
    const { signal } = new AbortController();
    await using lock = await openLockSession(connection, { kind: 'restore', shortId: other.shortId, signal });
    await takeTarget(lock, other);
    const context = contextOf();
    const restoring = it.engine.restore(restorePayload({ backup: it.manifest.id }), context);
    await expect(restoring).rejects.toMatchObject({ code: 'LOCK_BUSY', retryable: true });
    // Read, the file would be refused as cut off.
    await writeFile(join(it.folder, 'theirs.sql'), '--\n-- PostgreSQL database dump\n--\n');
    const ofFile = (file: string) => it.engine.restore(restorePayload({ file }), context);
    await expect(ofFile('theirs.sql')).rejects.toMatchObject({ code: 'LOCK_BUSY' });
    await expect(ofFile('nowhere.sql')).rejects.toMatchObject({ code: 'UNKNOWN_FILE' });
    expect(context.phases).toEqual([]);
    await lock[Symbol.asyncDispose]();
    await expect(ofFile('theirs.sql')).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
  });

  it('goes into another name and leaves the live database alone', async () => {
    const { engine, database, manifest } = await scene();
    const into = `${database.dbname}_copy`;
    await sql(database.url, 'truncate notes');
    const { record } = await engine.restore(restorePayload({ backup: manifest.id, into }), contextOf());
    expect(record).toMatchObject({ state: 'swapped', into, before: null });
    expect(await count(database.url, 'notes')).toBe(0);
    const copy = new URL(database.url);
    copy.pathname = `/${into}`;
    expect(await count(copy.href, 'notes')).toBe(2000);
    await expect(
      engine.restore(restorePayload({ backup: manifest.id, into }), contextOf()),
    ).rejects.toMatchObject({ code: 'RESTORE_REFUSED', advice: expect.stringContaining('--without-safety') });
  });
});

describe('the last restore', () => {
  it('is the one that replaced the database itself; one into another name is undone by its id only', async () => {
    const { engine, database, manifest } = await scene();
    const own = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    const payload = restorePayload({ backup: manifest.id, into: `${database.dbname}_copy` });
    await engine.restore(payload, contextOf());
    const again = await engine.restore({ ...payload, withoutSafety: true }, contextOf());
    expect(again.record).toMatchObject({ own: false, before: expect.any(String) });
    const latest = { database: 'sage', restore: 'latest', by: 'tester' };
    expect((await engine.undo(latest, contextOf())).record.id).toBe(own.record.id);
    await expect(engine.undo(latest, contextOf())).rejects.toMatchObject({
      code: 'UNKNOWN_RESTORE',
      advice: expect.stringContaining(again.record.id),
    });
    const named = await engine.undo({ ...latest, restore: again.record.id }, contextOf());
    expect(named.record.state).toBe('undone');
  });
});

describe('damage', () => {
  it('in one format is no reason to fail: the other one is used and the report says so', async () => {
    const it = await scene();
    await flipByte(fileOf(it, 'custom'));
    await sql(it.database.url, 'truncate notes');
    const { record } = await it.engine.restore(restorePayload({ backup: it.manifest.id }), contextOf());
    expect(record.state).toBe('swapped');
    expect(record.notes.join()).toMatch(/sql\.custom is damaged.*was used instead/);
    expect(await count(it.database.url, 'notes')).toBe(2000);
  });

  it('also when the other file is missing or cut off', async () => {
    const it = await scene();
    const path = fileOf(it, 'custom');
    await writeFile(path, (await readFile(path)).subarray(0, 1000));
    const { record } = await it.engine.restore(restorePayload({ backup: it.manifest.id }), contextOf());
    expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' } });
  });

  it('in both is refused before anything is made', async () => {
    const it = await scene();
    await flipByte(fileOf(it, 'custom'));
    await flipByte(fileOf(it, 'sql'));
    await expect(
      it.engine.restore(restorePayload({ backup: it.manifest.id }), contextOf()),
    ).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
    expect(await siblings(it.database.dbname)).toEqual([]);
    expect((await it.vault.records.list('restores')).items).toEqual([]);
  });

  it.each(['drop', 'keep'] as const)('a copy that differs never goes live (%s)', async (onMismatch) => {
    const it = await scene();
    const path = join(it.folder, 'sage', it.manifest.id, 'manifest.json');
    await changeManifest(path, ({ inventory }) => {
      for (const table of inventory.tables) table.digest = '0'.repeat(64);
    });
    await sql(it.database.url, 'create table later (i int)');
    const payload = restorePayload({ backup: it.manifest.id, onMismatch });
    await expect(it.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'INVENTORY_MISMATCH',
      retryable: false,
    });
    expect(await count(it.database.url, 'later')).toBe(0);
    const [record] = (await it.vault.records.list('restores')).items;
    expect(record).toMatchObject({
      state: 'failed',
      differences: [{ kind: 'content', name: 'public.notes' }],
    });
    const left = await siblings(it.database.dbname);
    expect(left).toHaveLength(onMismatch === 'keep' ? 1 : 0);
    if (onMismatch === 'keep') expect(record?.notes.join()).toContain(left[0]);
  });

  it('a backup of an older major goes live content-proven, with each definition that differs and why', async () => {
    const it = await scene();
    const path = join(it.folder, 'sage', it.manifest.id, 'manifest.json');
    await changeManifest(path, (manifest) => {
      Object.assign(manifest, { serverVersionNum: 140_009, serverVersion: '14.9' });
      for (const entry of manifest.inventory.entries)
        if (entry.type === 'VIEW') entry.digest = '0'.repeat(64);
    });
    const payload = restorePayload({ backup: it.manifest.id });
    const { record, report } = await it.engine.restore(payload, contextOf());
    expect(record).toMatchObject({
      state: 'swapped',
      proof: { result: 'content-proven' },
      differences: [
        { kind: 'entry', change: 'different', excuse: expect.stringContaining('another major version') },
      ],
    });
    expect(JSON.stringify(report)).toContain('another major version of PostgreSQL writes this definition');
    await changeManifest(path, ({ inventory }) => {
      for (const table of inventory.tables) table.rows += 1;
    });
    await expect(it.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'INVENTORY_MISMATCH',
    });
    await changeManifest(path, ({ inventory }) => {
      for (const table of inventory.tables) table.rows -= 1;
      inventory.entries = inventory.entries.filter(({ type }) => type !== 'INDEX');
    });
    await expect(it.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'INVENTORY_MISMATCH',
    });
  });

  it('a safety backup that fails stops the restore, and without one it goes on when a person says so', async () => {
    const it = await scene();
    const failing = contextOf({
      onBorder: (name) => {
        if (name === 'backup:snapshot') throw new Error('the disk of the live database is damaged');
      },
    });
    await expect(
      it.engine.restore(restorePayload({ backup: it.manifest.id }), failing),
    ).rejects.toMatchObject({
      message: expect.stringContaining('the disk of the live database is damaged'),
      advice: expect.stringContaining('--without-safety sage'),
    });
    expect(await siblings(it.database.dbname)).toEqual([]);
    const payload = restorePayload({ backup: it.manifest.id, withoutSafety: true });
    const { record } = await it.engine.restore(payload, contextOf());
    expect(record).toMatchObject({ state: 'swapped', withoutSafety: true, safetyBackup: null });
  });

  it('a restore that is retried saves the state of then, not of its first run', async () => {
    const it = await scene();
    const payload = restorePayload({ backup: it.manifest.id });
    const failing = contextOf({
      jobId: 'retried',
      onBorder: (name) => {
        if (name === 'restore:proven') throw new Error('not today');
      },
    });
    await expect(it.engine.restore(payload, failing)).rejects.toThrow('not today');
    await sql(it.database.url, "insert into notes (text) values ('written in between')");
    const { record } = await it.engine.restore(payload, contextOf({ jobId: 'retried' }));
    const safety = await it.vault.catalogue.get(record.safetyBackup ?? '');
    expect(safety.manifest.inventory.tables).toMatchObject([{ name: 'public.notes', rows: 2001 }]);
  });
});

describe('what the caller asks for', () => {
  it('is refused by name when it is not there', async () => {
    const { engine } = await scene();
    await expect(
      engine.restore(restorePayload({ backup: 'sage_backup_20200101_000000' }), contextOf()),
    ).rejects.toMatchObject({ code: 'UNKNOWN_BACKUP' });
    await expect(engine.restore(restorePayload({ backup: 'latest' }), contextOf())).rejects.toMatchObject({
      code: 'UNKNOWN_BACKUP',
      advice: expect.stringContaining('sagekeep prove'),
    });
    await expect(
      engine.restore(restorePayload({ file: 'sage/../../etc/passwd' }), contextOf()),
    ).rejects.toMatchObject({ code: 'UNKNOWN_FILE' });
    await expect(
      engine.restore(restorePayload({ database: 'sagee', backup: 'latest' }), contextOf()),
    ).rejects.toMatchObject({ code: 'UNKNOWN_DATABASE', advice: expect.stringContaining('sage') });
  });

  it('a file inside a backup counts with its manifest', async () => {
    const { engine, manifest, database } = await scene();
    const name = manifest.files.find((file) => file.format === 'sql')?.name ?? '';
    await sql(database.url, 'truncate notes');
    const { record } = await engine.restore(
      restorePayload({ file: `sage/${manifest.id}/${name}` }),
      contextOf(),
    );
    expect(record).toMatchObject({ backup: manifest.id, proof: { result: 'proven', files: [name] } });
    expect(await count(database.url, 'notes')).toBe(2000);
  });

  it('a plan that is outdated stops the restore', async () => {
    const { engine, manifest, database } = await scene();
    const { planHash } = await engine.plan(planPayload({ backup: manifest.id }), contextOf());
    await sql(database.url, 'create table later (i int)');
    const payload = restorePayload({ backup: manifest.id, planHash });
    await expect(engine.restore(payload, contextOf())).rejects.toMatchObject({ code: 'PLAN_OUTDATED' });
    await sql(database.url, 'drop table later; insert into notes (text) values (1)');
    const { record } = await engine.restore(payload, contextOf());
    expect(record.state).toBe('swapped');
  });
});
