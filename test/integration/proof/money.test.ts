import { join } from 'node:path';
import { changeManifest } from '@sagekeep/storage/testing';
import { afterEach, expect, it } from 'vitest';
import { contextOf, restorePayload } from '../restore/harness.ts';
import { closeScenes, scene } from './scene.ts';

afterEach(closeScenes);

/** The table accepts a row only in sessions of the locale that its database is set to; the server's own is another. */
const schema = `
  set lc_monetary = 'POSIX';
  create table prices (amount money check (current_setting('lc_monetary') = 'POSIX'));
  insert into prices select i::numeric::money from generate_series(1, 100) i`;

const monetaryScene = () =>
  scene(`do $$ begin execute format('alter database %I set lc_monetary = ''POSIX''', current_database()); end $$;
         ${schema}`);

it('money is loaded and read back in the locale that the dump was made in', async () => {
  const { prove, world, manifest } = await monetaryScene();
  expect(await prove()).toMatchObject({ result: 'proven', differences: [], error: null });
  const sqlFile = manifest.files.find(({ format }) => format === 'sql')?.name ?? '';
  const { record } = await world.engine.restore(
    restorePayload({ file: `sage/${manifest.id}/${sqlFile}` }),
    contextOf(),
  );
  expect(record.proof?.result).toBe('proven');
});

it('a locale that the server does not have is named where content differs', async () => {
  const { prove, folder } = await scene(`create table prices (amount money); insert into prices values (1)`);
  const path = join(folder, 'manifest.json');
  await changeManifest(path, ({ properties }) => Object.assign(properties, { monetary: 'tlh_Qo' }));
  expect(await prove()).toMatchObject({ result: 'proven', notes: [] });
  await changeManifest(path, ({ inventory }) =>
    Object.assign(inventory.tables[0] ?? {}, { digest: 'f'.repeat(64) }),
  );
  expect(await prove()).toMatchObject({ result: 'failed', notes: [expect.stringContaining('tlh_Qo')] });
});
