import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkoutAt } from '../checkout.ts';
import { becomeTheOnlyOne } from './onlyOne.ts';

test('one stack per checkout, until it lets go; another checkout is another matter', async () => {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'sagekeep-only-')));
  const [here, there] = folders.map((folder) => checkoutAt(folder));
  if (here === undefined || there === undefined) throw new Error('two folders make two checkouts');
  const first = await becomeTheOnlyOne(here);
  const other = await becomeTheOnlyOne(there);
  await expect(becomeTheOnlyOne(here)).rejects.toMatchObject({ code: 'CONFLICT' });
  first.release();
  (await becomeTheOnlyOne(here)).release();
  other.release();
  for (const folder of folders) rmSync(folder, { recursive: true });
});
