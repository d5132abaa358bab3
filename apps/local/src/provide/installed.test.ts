import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findInstalled, usablePostgres } from './installed.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sagekeep-installed-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, mode = 0o755): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  chmodSync(file, mode);
}

function putPostgres(
  major: number,
  programs = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'],
): void {
  for (const program of programs) put(`lib/${major}/bin/${program}`);
}

const find = () =>
  findInstalled({ libraries: join(root, 'lib'), shares: join(root, 'share'), path: join(root, 'bin') });

test('servers are listed newest first, and the newest with pgvector is the one to use', () => {
  putPostgres(9);
  putPostgres(15);
  putPostgres(17);
  put('share/15/extension/vector.control');
  const installed = find();
  expect(installed.postgres.map(({ major, vector }) => [major, vector])).toEqual([
    [17, false],
    [15, true],
    [9, false],
  ]);
  expect(usablePostgres(installed)?.major).toBe(15);
});

test('client tools alone are no server', () => {
  putPostgres(16, ['pg_dump', 'pg_restore', 'psql']);
  const installed = find();
  expect(installed.postgres).toEqual([]);
  expect(installed.tools).toEqual([16]);
});

test('a program in the path that nobody may run is not there', () => {
  put('bin/chromium', 0o644);
  expect(find().chromium).not.toBe(join(root, 'bin/chromium'));
  put('bin/chromium', 0o755);
  expect(find().chromium).toBe(join(root, 'bin/chromium'));
});
