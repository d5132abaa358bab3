import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDatabase } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';

/** The only file below the folder whose name ends so. */
function fileIn(folder: string, ending: string): string {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith(ending),
  );
  expect(found).toHaveLength(1);
  return join(folder, found[0] ?? '');
}

/** Changes one bit in the middle, as a bad disk would. */
function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

it.each([
  ['.sql.custom', 'backup:store'],
  ['.sql.zst', 'backup:derive'],
  ['globals.sql', 'backup:derive'],
])(
  'a bit of %s that changed on the disk after %s fails the backup, and nothing is listed',
  async (ending, after) => {
    await using database = await createDatabase({ template: 'sample' });
    await using subject = await createSubject(database.url);
    const onBorder = (name: string) => (name === after ? flipBit(fileIn(subject.folder, ending)) : undefined);
    await expect(subject.backup(testContext({ onBorder }))).rejects.toMatchObject({ retryable: true });
    expect(await subject.left()).toEqual({ listed: [], attempts: 0, damaged: 0 });
  },
);

it('a bit of the archive that does not change what is in it is found all the same', async () => {
  await using database = await createDatabase({ template: 'sample' });
  await using subject = await createSubject(database.url);
  // A byte after the last block: pg_restore does not mind it.
  const onBorder = (name: string) => {
    if (name === 'backup:store') appendFileSync(fileIn(subject.folder, '.sql.custom'), 'x');
  };
  await expect(subject.backup(testContext({ onBorder }))).rejects.toMatchObject({
    message: expect.stringContaining('.sql.custom'),
  });
});
