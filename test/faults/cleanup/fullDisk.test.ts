import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '@sagekeep/contracts';
import { exampleProof, publishExample } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { silent } from '../../../packages/engine/src/cleanup/testing/scene.ts';
import { type Disk, openDisk, run } from '../storage/fixtures/disk.ts';
import { runCleanup } from './fixtures/runCleanup.ts';

const cli = join(import.meta.dirname, '../../../apps/cli/src/main.ts');
const dayMs = 86_400_000;

async function backupsOn({ vault }: Disk, ages: readonly number[]): Promise<string[]> {
  const made = [];
  for (const daysAgo of ages) {
    const at = new Date(Date.now() - daysAgo * dayMs);
    const { id } = await publishExample(vault, { at, content: 'x'.repeat(50_000) });
    await vault.catalogue.mark(id, exampleProof({ at: new Date().toISOString() }));
    made.push(id);
  }
  return made;
}

async function freeBytes({ vault }: Disk): Promise<number | undefined> {
  return (await vault.storage.space())?.freeBytes;
}

it('cleanup works with 0 bytes free, and what it frees is free', async () => {
  await using disk = await openDisk('size=1m');
  const ids = await backupsOn(disk, [0, 1, 2, 9, 10]);
  await disk.fill();
  expect(await freeBytes(disk)).toBe(0);
  const { plan } = await runCleanup(disk.folder);
  expect(plan.freedBytes).toBeGreaterThan(100_000);
  expect(await freeBytes(disk)).toBeGreaterThan(90_000);
  const { backups } = await disk.vault.catalogue.list();
  expect(backups.map(({ manifest }) => manifest.id)).toEqual(ids.slice(0, 3));
  expect((await disk.vault.records.get('reports', 'cleanup-1'))?.result).toBe('done');
});

it('the command line cleans up offline with 0 bytes free, and with nothing else alive', async () => {
  await using disk = await openDisk('size=1m');
  const ids = await backupsOn(disk, [0, 1, 2, 9, 10]);
  await disk.fill();
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: 'postgresql://sage:s3cret@127.0.0.1:1/sage_memory',
    REDIS_URL: 'redis://127.0.0.1:1',
    SAGEKEEP_DATABASE: 'sage',
    SAGEKEEP_STORAGE: disk.folder,
    SAGEKEEP_LOGS: '',
  };
  const sagekeep = async (argv: readonly string[]) =>
    (await run(process.execPath, [cli, ...argv], { cwd: tmpdir(), env })).stdout;
  const plan = await sagekeep(['cleanup', '--dry-run', '--offline']);
  const [, command = ''] = /^ *(?:.* )?sagekeep (cleanup .*--plan-hash [0-9a-f]{64})$/m.exec(plan) ?? [];
  expect(await freeBytes(disk)).toBe(0);
  expect(await sagekeep(command.split(' '))).toContain('Deleted 2, freed ');
  expect(await freeBytes(disk)).toBeGreaterThan(90_000);
  const { backups } = await disk.vault.catalogue.list();
  expect(backups.map(({ manifest }) => manifest.id)).toEqual(ids.slice(0, 3));
  expect((await disk.vault.records.list('reports')).items).toMatchObject([
    { kind: 'cleanup', result: 'done' },
  ]);
});

it('cleanup that frees nothing on a full disk still tells its plan, in the log', async () => {
  await using disk = await openDisk('size=1m');
  await backupsOn(disk, [0, 1]);
  await disk.fill();
  const warned: object[] = [];
  const log: Log = { ...silent, warn: (facts) => warned.push(facts) };
  const { plan } = await runCleanup(disk.folder, log);
  expect(plan.plan.map(({ action }) => action)).toEqual(['keep', 'keep']);
  expect(warned).toMatchObject([{ err: { code: 'STORAGE_FULL' }, report: { id: 'cleanup-1' } }]);
});
