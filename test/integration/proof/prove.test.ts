import { join } from 'node:path';
import type { Manifest } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { newShortId } from '../../../packages/engine/src/lock/index.ts';
import { waitFor } from '../../support/events.ts';
import { startPrivatePostgres, withDatabase, withParts } from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  dropSiblings,
  restorePayload,
  siblings,
  sql,
  worldOf,
} from '../restore/harness.ts';
import { closeScenes, flip, notes, scene } from './scene.ts';

afterEach(closeScenes);

describe('the proof of a backup', () => {
  it('is a mark beside the manifest, and leaves nothing behind', async () => {
    const { world, manifest, prove, database } = await scene(notes);
    const proof = await prove();
    expect(proof).toMatchObject({ result: 'proven', differences: [], error: null, where: 'own' });
    expect([...proof.files].sort()).toEqual(manifest.files.map((file) => file.name).sort());
    expect(proof.durationMs).toBeGreaterThan(0);
    const backup = await world.vault.catalogue.get(manifest.id);
    expect(backup.marks.proof).toEqual(proof);
    expect((await world.vault.catalogue.newestProven('sage'))?.manifest.id).toBe(manifest.id);
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it.each(['custom', 'sql', 'globals'] as const)('fails for one flipped bit in %s', async (format) => {
    const { manifest, folder, prove, world, database } = await scene(notes);
    const name = manifest.files.find((file) => file.format === format)?.name ?? '';
    await flip(join(folder, name));
    const proof = await prove();
    expect(proof).toMatchObject({ result: 'failed', error: expect.stringContaining(name) });
    expect((await world.vault.catalogue.get(manifest.id)).marks.proof?.result).toBe('failed');
    expect(await world.vault.catalogue.newestProven('sage')).toBeNull();
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it.each([
    ['a row count', (manifest: Manifest) => tableOf(manifest), { rows: 5001 }],
    ['the content of a row', (manifest: Manifest) => tableOf(manifest), { digest: 'f'.repeat(64) }],
    ['a large object', (manifest: Manifest) => manifest.inventory.largeObjects, { digest: 'e'.repeat(64) }],
    ['a sequence', (manifest: Manifest) => sequenceOf(manifest), { value: '77' }],
    ['a definition', (manifest: Manifest) => entryOf(manifest), { digest: 'd'.repeat(64) }],
  ])('names what differs: %s', async (_what, part, change) => {
    const { folder, prove } = await scene(notes);
    await changeManifest(join(folder, 'manifest.json'), (told) => Object.assign(part(told), change));
    const proof = await prove();
    expect(proof.result).toBe('failed');
    expect(proof.differences).toHaveLength(1);
  });

  it('leaves out vector indexes at night and says so; the drill builds them', async () => {
    const { prove, manifest, world } = await scene(
      `create extension vector; create table items (id int primary key, v vector(3));
       insert into items select i, array[i, i + 1, i + 2]::vector(3) from generate_series(1, 500) i;
       create index items_near on items using hnsw (v vector_l2_ops); comment on index items_near is 'near'`,
    );
    expect(manifest.inventory.entries.map((entry) => entry.name)).toContain('public.items_near');
    const proof = await prove();
    expect(await world.vault.records.get('drills', 'sage')).toBeNull();
    expect(proof).toMatchObject({ result: 'proven', vectorIndexes: false, differences: [] });
    expect(proof.notes.join()).toContain('public.items_near');
    const drill = await prove({ drill: true });
    expect(drill).toMatchObject({ result: 'proven', vectorIndexes: true, differences: [] });
    const { at, durationMs } = drill;
    const measured = { backup: manifest.id, at, durationMs, databaseBytes: manifest.databaseBytes };
    expect(await world.vault.records.get('drills', 'sage')).toMatchObject(measured);
    await prove();
    expect(await world.vault.records.get('drills', 'sage')).toMatchObject(measured);
  });

  it('does not mind a partitioned index that is not attached everywhere yet; neither does a restore', async () => {
    const { world, manifest, prove, database } = await scene(
      `create table parted (id int, at date) partition by range (at);
       create table first partition of parted for values from ('2026-01-01') to ('2026-07-01');
       create table second partition of parted for values from ('2026-07-01') to ('2027-01-01');
       insert into parted values (1, '2026-02-01'), (2, '2026-08-01');
       create index parted_at on only parted (at); create index first_at on first (at);
       alter index parted_at attach partition first_at`,
    );
    expect(await prove()).toMatchObject({ result: 'proven', differences: [] });
    const { record } = await world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
    expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' } });
    await dropSiblings(database.dbname);
  });

  it('of the latest is one of the newest backup that is no safety backup', async () => {
    const { world, manifest } = await scene(notes);
    const safety = await world.engine.backup({ ...backupPayload(), reason: 'safety' }, contextOf());
    await world.engine.prove({ database: 'sage', backup: 'latest', drill: false, by: 'tester' }, contextOf());
    const proofOf = async (id: string) => (await world.vault.catalogue.get(id)).marks.proof?.result;
    expect(await proofOf(manifest.id)).toBe('proven');
    expect(await proofOf(safety.manifest.id)).toBeUndefined();
  });

  it('of a backup of another database than the one that is named is refused', async () => {
    const { world, manifest } = await scene(notes);
    const payload = { database: 'other', backup: manifest.id, drill: false, by: 'tester' };
    await expect(world.engine.prove(payload, contextOf())).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `${manifest.id} is no backup of other.`,
    });
  });

  it('leaves alone that of another installation whose job has the same id, as those of schedules have', async () => {
    const { prove, database } = await scene(notes);
    const jobId = 'repeat:drill:1780000000000';
    const results: string[] = [];
    const context = contextOf({
      jobId,
      onBorder: async (name) => {
        if (name !== 'prove:data') return;
        const other = await prove({ context: contextOf({ jobId }) });
        results.push(other.result);
      },
    });
    results.push((await prove({ context })).result);
    expect(results).toEqual(['proven', 'proven']);
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it('is not kept from its work by a dead one that another role has left', async () => {
    await using server = await startPrivatePostgres({ durable: false });
    const [theirs, ours] = ['a', 'b'].map((base) => `${base}_scratch_${newShortId('dead', 1)}`);
    for (const statement of [
      `create role ann login createdb password 'ann'; create role bob login createdb password 'bob'`,
      'create database sage owner ann',
      `create database ${theirs} owner bob`,
      `create database ${ours} owner ann`,
    ])
      await sql(server.url, statement);
    const url = withParts(withDatabase(server.url, 'sage'), { user: 'ann', password: 'ann' });
    await sql(url, 'create table notes as select 1 as id');
    using world = worldOf([configOf('sage', url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const proof = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
    expect(proof.result).toBe('proven');
    const left = await sql(server.url, `select datname from pg_database where datname ~ '_scratch_'`);
    expect(left).toEqual([{ datname: theirs }]);
  });

  it('drops its scratch database when it is cancelled, and marks nothing', async () => {
    const { prove, database, world, manifest } = await scene(notes);
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const context = contextOf({
      signal: cancel.signal,
      onBorder: (name) => {
        if (name === 'prove:data') cancel.abort(reason);
      },
    });
    await expect(prove({ context })).rejects.toBe(reason);
    await waitFor(async () => (await siblings(database.dbname)).length === 0, {
      what: 'the scratch to be gone',
    });
    expect((await world.vault.catalogue.get(manifest.id)).marks.proof).toBeNull();
  });

  it('marks nothing when it could not be run', async () => {
    const { manifest, world, folder, prove } = await scene(notes);
    await changeManifest(join(folder, 'manifest.json'), ({ extensions }) =>
      extensions.push({ name: 'of_another_planet', version: '1', schema: 'public' }),
    );
    await expect(prove()).rejects.toMatchObject({ code: 'EXTENSION_MISSING' });
    expect((await world.vault.catalogue.get(manifest.id)).marks.proof).toBeNull();
  });
});

function tableOf(manifest: Manifest) {
  const [table] = manifest.inventory.tables;
  if (table === undefined) throw new Error('a table');
  return table;
}
function sequenceOf(manifest: Manifest) {
  const [sequence] = manifest.inventory.sequences;
  if (sequence === undefined) throw new Error('a sequence');
  return sequence;
}
function entryOf(manifest: Manifest) {
  const entry = manifest.inventory.entries.find(({ type }) => type === 'TABLE');
  if (entry === undefined) throw new Error('a definition');
  return entry;
}
