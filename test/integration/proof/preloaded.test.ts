import { beforeEach, expect, it } from 'vitest';
import { preloadedLibraries } from '../../../packages/engine/src/scratch/preloaded.ts';
import { createDatabase } from '../../support/servers.ts';

const said: string[] = [];
const context = (signal = new AbortController().signal) => ({
  signal,
  log: (line: string) => said.push(line),
});
beforeEach(() => {
  said.length = 0;
});

it('the libraries of a server are told to a role that sees all settings, without a word', async () => {
  await using database = await createDatabase();
  expect(await preloadedLibraries(database.url, context())).toEqual(expect.any(String));
  expect(said).toEqual([]);
});

it('a role that does not see them proves all the same, and the log says what is missing', async () => {
  await using database = await createDatabase({ template: 'sample' });
  expect(await preloadedLibraries(database.ownerUrl, context())).toBeNull();
  expect(said).toEqual([
    expect.stringMatching(/^Only pg_read_all_settings sees the server's preload libraries/),
  ]);
});

it('a server that is down keeps no backup from its proof', async () => {
  expect(await preloadedLibraries('postgresql://sage@127.0.0.1:1/sage', context())).toBeNull();
  expect(said).toEqual([expect.stringContaining('was not asked for its preload libraries (')]);
});

it('a cancelled proof asks nobody', async () => {
  await using database = await createDatabase();
  const reason = new Error('cancelled');
  await expect(preloadedLibraries(database.url, context(AbortSignal.abort(reason)))).rejects.toBe(reason);
});
