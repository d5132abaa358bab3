import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openPrivateFolder, sweepPrivateFolders } from './index.ts';
import { isGone, processMark } from './processMark.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'private-folders-'));
  vi.stubEnv('TMPDIR', parent);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true });
});

it('can be opened by nobody else, and goes with what is in it', async () => {
  const folder = await openPrivateFolder();
  mkdirSync(join(folder.path, 'inside'));
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  await folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});

it('is swept when its process was killed, and only then', async () => {
  await using own = await openPrivateFolder();
  const program = `
    import { openPrivateFolder } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    await openPrivateFolder();
    process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
  expect(signal).toBe('SIGKILL');
  mkdirSync(join(parent, 'sagekeep-of-somebody'));
  expect(readdirSync(parent)).toHaveLength(3);
  await sweepPrivateFolders(parent);
  expect(
    readdirSync(parent)
      .map((name) => join(parent, name))
      .sort(),
  ).toEqual([own.path, join(parent, 'sagekeep-of-somebody')].sort());
});

it('tells a process from a later one with the same pid', () => {
  expect(isGone(processMark())).toBe(false);
  expect(isGone(`${process.pid}-1`)).toBe(true);
  expect(isGone(`${process.pid}-0`)).toBe(false);
});
