import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { afterAll, describe, expect, it } from 'vitest';
import { testWorld } from '../../../apps/cli/src/testing/world.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { publishBackup } from './catalogue.ts';
import { say } from './online.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const backups = join(folder.path, 'backups');
const environment = {
  DATABASE_URL: 'postgresql://sage:s3cret@127.0.0.1:1/sage_memory',
  SAGEKEEP_DATABASE: 'sage',
  SAGEKEEP_LOGS: '',
};
const sagekeep = (...argv: string[]) =>
  say(argv, testWorld({ root: folder.path, cwd: folder.path, environment }));

const unknownCheck = /expect\.checks\.pgvector\.recal: .* did you mean pgvector\.recall\?/;

/** A world whose configuration names a check that there is not. */
function misspelt() {
  const config = join(folder.path, 'misspelt.yaml');
  const { DATABASE_URL: url, SAGEKEEP_LOGS } = environment;
  const checks = 'checks: { pgvector.recal: off }';
  writeFileSync(config, `databases: { sage: { url: "${url}", expect: { ${checks} } } }`);
  return testWorld({
    root: folder.path,
    cwd: folder.path,
    environment: { SAGEKEEP_LOGS, SAGEKEEP_CONFIG: config, REDIS_URL: 'redis://127.0.0.1:1' },
  });
}

describe('with no API, no Redis and no database', () => {
  it('still lists and shows what the storage holds', async () => {
    mkdirSync(backups, { recursive: true });
    const vault = createVault({ storage: createFolderStorage({ folder: backups }), now: () => new Date() });
    const id = await publishBackup(vault);
    mkdirSync(join(backups, 'sage', 'sage_backup_20200101_000000'));
    writeFileSync(join(backups, 'sage', 'sage_backup_20200101_000000', 'manifest.json'), '{');
    const list = await sagekeep('list', '--offline');
    expect(list).toMatchObject({ code: 0, err: '' });
    expect(list.out).toContain(id);
    expect(list.out).toMatch(/Damaged, not backups:\n {2}sage_backup_20200101_000000: /);
    const show = await sagekeep('show', id, '--offline', '--json');
    expect(JSON.parse(show.out)).toMatchObject({ manifest: { id } });
  });

  it('says the status of what can be seen', async () => {
    const { code, out } = await sagekeep('status', '--offline');
    expect(code).toBe(3);
    expect(out).toContain('sage');
  });

  it('starts no work with a check configured that there is not, and names the nearest one', async () => {
    expect(await say(['verify', 'sage', '--offline'], misspelt())).toMatchObject({
      code: 1,
      err: expect.stringMatching(unknownCheck),
    });
  });

  it('doctor tells of such a check beside everything else that it finds', async () => {
    const { code, out } = await say(['doctor', '--json'], misspelt());
    expect(code).not.toBe(0);
    const { items: found } = JSON.parse(out) as { items: { id: string; ok: boolean; text: string }[] };
    expect(found.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['node', 'configuration', 'storage', 'redis', 'engine']),
    );
    expect(found.find(({ id }) => id === 'engine')).toMatchObject({
      ok: false,
      text: expect.stringMatching(unknownCheck),
    });
  });

  it('refuses an unknown database and --no-wait', async () => {
    expect(await sagekeep('backup', 'nowhere', '--offline')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Configured: sage.'),
    });
    expect(await sagekeep('backup', 'sage', '--offline', '--no-wait')).toMatchObject({ code: 2 });
  });
});
