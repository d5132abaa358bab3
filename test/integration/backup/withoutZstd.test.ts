import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVault } from '@sagekeep/storage';
import { createMemoryStorage } from '@sagekeep/storage/testing';
import { expect, test } from 'vitest';
import type { Tools } from '../../../packages/engine/src/tools/index.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';
import { toolsFor } from './reading.ts';

/** A pg_dump of PostgreSQL 16 or newer that was built without zstd: it says so before it connects. */
const wrapper = (pgDump: string) => `#!/bin/sh
case " $* " in *" --compress=zstd"*)
  echo 'pg_dump: error: invalid compression specification: this build does not support compression with ZSTD' >&2
  exit 1;;
esac
exec '${pgDump}' "$@"
`;

async function builtWithoutZstd(url: string, folder: string): Promise<Tools> {
  const real = await toolsFor(url);
  const pgDump = join(folder, 'pg_dump');
  writeFileSync(pgDump, wrapper(real.pgDump));
  chmodSync(pgDump, 0o755);
  const tools = { ...real, major: Math.max(16, real.major), folder, pgDump };
  return {
    forServer: () => Promise.resolve({ tools, warnings: [] }),
    installed: () => Promise.resolve([tools]),
  };
}

test('a pg_dump that was built without zstd dumps with gzip, and is asked for zstd only once', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const tools = await builtWithoutZstd(database.url, folder.path);
  await using subject = await createSubject(database.url, { tools });
  const first = testContext();
  const { manifest } = await subject.backup(first);
  expect(manifest.files.map(({ format, compression }) => [format, compression])).toEqual([
    ['custom', 'gzip'],
    ['globals', 'none'],
    ['sql', 'zstd'],
  ]);
  const startedOver = (line: string) => line.startsWith('dump: starting over');
  expect(first.lines.filter(startedOver)).toEqual([
    expect.stringMatching(/ was built without zstd, gzip is used instead$/),
  ]);
  const second = testContext();
  const again = await subject.backup(second);
  expect(again.manifest.inventory).toEqual(manifest.inventory);
  expect(second.lines.filter(startedOver)).toEqual([]);
});

test('also where pg_restore reads the archive as it is written, because the storage has no files', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const tools = await builtWithoutZstd(database.url, folder.path);
  const vault = createVault({ storage: createMemoryStorage(), now: () => new Date() });
  await using subject = await createSubject(database.url, { tools, vault });
  const context = testContext();
  const { manifest } = await subject.backup(context);
  expect(manifest.files[0]).toMatchObject({ format: 'custom', compression: 'gzip' });
  expect(context.lines.filter((line) => line.startsWith('dump: starting over'))).toHaveLength(1);
});
