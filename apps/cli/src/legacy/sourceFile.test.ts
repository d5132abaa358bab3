import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testWorld } from '../testing/world.ts';
import { sourceOfFile } from './sourceFile.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'sage keep-')));
const storage = join(root, 'backups');
const id = 'sage_backup_20261123_020000';
mkdirSync(join(storage, 'sage', id), { recursive: true });
writeFileSync(join(storage, 'sage', id, `${id}.sql.custom`), 'x');
writeFileSync(join(storage, 'sage_backup_20250725_220441.sql'), 'x');
writeFileSync(join(root, 'elsewhere.sql'), 'x');
symlinkSync(storage, join(root, 'link'));
afterAll(() => rmSync(root, { recursive: true }));

describe('sourceOfFile', () => {
  const world = testWorld({ root, cwd: root });

  it.each([
    [`backups/sage/${id}/${id}.sql.custom`, id],
    ['backups/sage_backup_20250725_220441.sql', 'sage_backup_20250725_220441.sql'],
    ['link/sage_backup_20250725_220441.sql', 'sage_backup_20250725_220441.sql'],
    [join(storage, 'sage_backup_20250725_220441.sql'), 'sage_backup_20250725_220441.sql'],
    ['latest', 'latest'],
    [id, id],
  ])('%s is %s', async (typed, source) => {
    expect(await sourceOfFile(world, typed, storage)).toBe(source);
  });

  it('explains where a file elsewhere has to go', async () => {
    await expect(sourceOfFile(world, 'elsewhere.sql', storage)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      advice: `Copy it there first: cp 'elsewhere.sql' '${storage}/' and name that copy.`,
    });
  });

  it('names a file that is not there', async () => {
    await expect(sourceOfFile(world, 'backups/none.sql', storage)).rejects.toMatchObject({
      code: 'UNKNOWN_FILE',
    });
  });

  it('finds files of the checkout from inside a container', async () => {
    const environment = {
      SAGEKEEP_HOST_ROOT: '/home/ada/sage keep',
      SAGEKEEP_HOST_CWD: '/home/ada/sage keep/scripts',
    };
    const inside = testWorld({ root, cwd: '/app', environment });
    const typed = '../backups/sage_backup_20250725_220441.sql';
    expect(await sourceOfFile(inside, typed, storage)).toBe('sage_backup_20250725_220441.sql');
  });
});
