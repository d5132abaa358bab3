import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleProof, publishExample, type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';
import { runCleanup } from './fixtures/runCleanup.ts';

const script = join(import.meta.dirname, 'fixtures/cleanup.ts');
const dayMs = 86_400_000;

interface Stage extends TemporaryVault {
  readonly staying: readonly string[];
  readonly going: readonly string[];
}

/** Three backups that stay, two that go, one begun deletion, one dead attempt. */
async function stage(): Promise<Stage> {
  const place = await temporaryVault();
  const made: string[] = [];
  for (const daysAgo of [0, 1, 2, 9, 10, 3]) {
    const { id } = await publishExample(place.vault, { at: new Date(Date.now() - daysAgo * dayMs) });
    await place.vault.catalogue.mark(id, exampleProof({ at: new Date().toISOString() }));
    made.push(id);
  }
  await place.vault.catalogue.discard(made[5] ?? '');
  const half = '.attempts/sage/sage_backup_20251101_020000/half.sql';
  await place.storage.put(half, 'CREATE TA');
  const longAgo = new Date('2025-11-01T02:00:00Z');
  await utimes(join(place.folder, half), longAgo, longAgo);
  return Object.assign(place, { staying: made.slice(0, 3), going: made.slice(3, 5) });
}

async function listed({ vault }: Stage): Promise<string[]> {
  const { backups, damaged } = await vault.catalogue.list();
  expect(damaged).toEqual([]);
  for (const backup of backups) expect(await vault.catalogue.scrub(backup)).toEqual([]);
  return backups.map(({ manifest }) => manifest.id);
}

it('cleanup killed at any change on disk loses nothing that was to stay, and the next one ends its work', async () => {
  const seen = new Set<number>();
  let borders = 0;
  for (let ended = false; !ended; ) {
    await using subject = await stage();
    await using child = spawnNode(script, { args: [subject.folder, `${borders + 1}`] });
    ended = (await child.line(/^(border|done)/)) === 'done';
    await child.kill();
    const left = await listed(subject);
    seen.add(left.length);
    expect(left.slice(0, 3)).toEqual(subject.staying);
    expect([...subject.staying, ...subject.going]).toEqual(expect.arrayContaining(left));
    await runCleanup(subject.folder);
    expect(await listed(subject)).toEqual(subject.staying);
    expect(await subject.vault.trash.list()).toEqual([]);
    expect(await subject.storage.children('.attempts/sage')).toEqual([]);
    if (!ended) borders += 1;
  }
  expect(borders).toBeGreaterThan(25);
  expect([...seen].sort()).toEqual([3, 4, 5]);
});
