import { join } from 'node:path';
import { publishExample, temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';

const script = join(import.meta.dirname, 'fixtures/busy.ts');
const rounds = 30;

it('writers, readers and deleters of several processes never see or leave a part of a backup', async () => {
  await using place = await temporaryVault();
  const seeded = 2 * rounds + 10;
  for (let i = 0; i < seeded; i++)
    await publishExample(place.vault, { at: new Date(Date.UTC(2026, 10, 1, 0, 0, i)) });
  const roles = ['writer', 'writer', 'reader', 'reader', 'deleter', 'deleter'];
  const processes = roles.map((role) => spawnNode(script, { args: [place.folder, role, `${rounds}`] }));
  const ends = await Promise.all(processes.map(({ finished }) => finished));
  const lines = processes.flatMap((process) => process.lines);
  expect(ends, lines.filter((line) => !/^\w+: /.test(line)).join('\n')).toEqual(
    roles.map(() => ({ code: 0, signal: null })),
  );
  expect(lines.filter((line) => line.includes('BROKEN'))).toEqual([]);

  const idsIn = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const written = idsIn(/^writer: (sage\S+)$/);
  const deleted = idsIn(/^deleter: deleted (sage\S+)$/);
  expect(written).toHaveLength(2 * rounds);
  expect(lines).toContain('reader: read');
  expect(deleted).not.toEqual([]);

  const { backups, damaged } = await place.vault.catalogue.list();
  expect(damaged).toEqual([]);
  expect(backups).toHaveLength(seeded + written.length - deleted.length);
  expect(await place.vault.trash.list()).toEqual([]);
  expect(await place.storage.children('.attempts/sage')).toEqual([]);
});
