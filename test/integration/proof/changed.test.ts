import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupFile } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { createTools } from '../../../packages/engine/src/tools/index.ts';
import { sql } from '../restore/harness.ts';
import { closeScenes, scene } from './scene.ts';

afterEach(closeScenes);

const schema = `create extension vector;
  create table items (id int primary key, v vector(3), twice int generated always as (id * 2) stored);
  insert into items select i, array[i, i + 0.5, i]::vector from generate_series(1, 200) i;
  select lo_from_bytea(4711, 'a large object')`;

type Scene = Awaited<ReturnType<typeof scene>>;

function fileOf({ manifest }: Scene, format: BackupFile['format']): BackupFile {
  const found = manifest.files.find((file) => file.format === format);
  if (found === undefined) throw new Error(`a file of the format ${format}`);
  return found;
}

/** Puts other bytes in the place of a dump, with a manifest that knows them: its digests are no help. */
async function replaceDump(place: Scene, format: BackupFile['format'], bytes: Buffer): Promise<void> {
  const { name } = fileOf(place, format);
  await writeFile(join(place.folder, name), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await changeManifest(join(place.folder, 'manifest.json'), ({ files }) =>
    Object.assign(files.find((file) => file.name === name) ?? {}, { bytes: bytes.length, sha256 }),
  );
}

/** An archive of the same database, after a change. */
async function archiveAfter({ database, manifest }: Scene, change: string): Promise<Buffer> {
  await sql(database.url, change);
  const { tools } = await createTools().forServer(Math.floor(manifest.serverVersionNum / 10_000));
  const { stdout } = await execa(tools.pgDump, ['-Fc', database.url], { encoding: 'buffer' });
  return Buffer.from(stdout);
}

describe('a proof holds what came back against what was recorded', () => {
  it.each([
    ['a row', 'delete from items where id = 77', { kind: 'rows', name: 'public.items', actual: '199 rows' }],
    [
      'one float of a vector',
      `update items set v = '[77,77.5,77.25]' where id = 77`,
      { kind: 'content', name: 'public.items' },
    ],
    [
      'one byte of a large object',
      `select lo_put(4711, 3, 'A')`,
      { kind: 'large-objects', name: 'large objects' },
    ],
  ])('and names the difference of %s in the archive', async (_what, change, difference) => {
    const place = await scene(schema);
    await replaceDump(place, 'custom', await archiveAfter(place, change));
    expect(await place.prove()).toMatchObject({ result: 'failed', differences: [difference] });
  });

  it('and says what it does not compare: generated columns, materialised views', async () => {
    const { prove } = await scene(`${schema}; create materialized view seen as select id from items`);
    const proof = await prove();
    expect(proof.result).toBe('proven');
    expect(proof.notes.join('\n')).toMatch(/Materialised views .*: public\.seen\./);
    expect(proof.notes.join('\n')).toMatch(/generated columns .*: public\.items\.twice\./);
  });
});

describe('a proof names the file', () => {
  it.each(['custom', 'sql'] as const)('that ends too early: %s', async (format) => {
    const place = await scene(schema);
    const { name } = fileOf(place, format);
    const whole = await readFile(join(place.folder, name));
    await replaceDump(place, format, whole.subarray(0, Math.floor(whole.length * 0.8)));
    expect(await place.prove()).toMatchObject({ result: 'failed', error: expect.stringContaining(name) });
  });

  it('that is missing', async () => {
    const place = await scene(schema);
    const { name } = fileOf(place, 'custom');
    await rm(join(place.folder, name));
    expect(await place.prove()).toMatchObject({ result: 'failed', error: expect.stringContaining(name) });
  });

  it('that stands in the place of another', async () => {
    const place = await scene(schema);
    const names = (['custom', 'sql'] as const).map((format) => fileOf(place, format).name);
    const [one = '', two = ''] = names.map((name) => join(place.folder, name));
    await rename(one, `${one}.x`);
    await rename(two, one);
    await rename(`${one}.x`, two);
    const proof = await place.prove();
    expect(proof.result).toBe('failed');
    for (const name of names) expect(proof.error).toContain(name);
  });
});
