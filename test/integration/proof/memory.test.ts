import { afterEach, expect, it } from 'vitest';
import { contextOf, restorePayload, siblings } from '../restore/harness.ts';
import { closeScenes, scene } from './scene.ts';

afterEach(closeScenes);

const megabytes = 1024 * 1024;

/** Two indexes that pgvector builds only with 50 MB and more; the smaller one comes first. */
const lists = `set maintenance_work_mem = '512MB'; create extension vector;
  create table items (id int primary key, v vector(200));
  insert into items select i, array_fill(i::float4, array[200])::vector from generate_series(1, 300) i;
  create index items_a on items using ivfflat (v vector_l2_ops) with (lists = 1000);
  create index items_b on items using ivfflat (v vector_cosine_ops) with (lists = 1200)`;

it('builds an index that needs more than its share with all that a restore may use', async () => {
  const { prove } = await scene(lists, { config: { restoreMemoryBytes: 80 * megabytes } });
  const context = contextOf();
  expect(await prove({ drill: true, context })).toMatchObject({ result: 'proven', vectorIndexes: true });
  expect(context.lines.join('\n')).toMatch(/An index needs \d+ MB of memory/);
});

it('is no verdict on a backup, and names restoreMemory, when an index needs more than that', async () => {
  const { prove, world, manifest, database } = await scene(lists, {
    config: { restoreMemoryBytes: 8 * megabytes },
  });
  const refusal = {
    code: 'SPACE_MISSING',
    retryable: false,
    advice: expect.stringContaining('restoreMemory'),
  };
  await expect(prove({ drill: true })).rejects.toMatchObject(refusal);
  expect((await world.vault.catalogue.get(manifest.id)).marks.proof).toBeNull();
  const restore = world.engine.restore(restorePayload({ backup: manifest.id }), contextOf());
  await expect(restore).rejects.toMatchObject(refusal);
  expect(await siblings(database.dbname)).toEqual([]);
});
