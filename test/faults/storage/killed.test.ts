import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup } from '@sagekeep/contracts';
import { exampleProof, publishExample, type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';

const script = join(import.meta.dirname, 'fixtures/scenario.ts');
const hour = 3_600_000;

interface Stage extends TemporaryVault {
  readonly old: string;
  readonly proven: string;
}

async function stage(): Promise<Stage> {
  const place = await temporaryVault();
  const old = await publishExample(place.vault, {
    at: new Date('2026-11-01T02:00:00Z'),
    content: 'the first',
  });
  const proven = await publishExample(place.vault, {
    at: new Date('2026-11-02T02:00:00Z'),
    content: 'the second',
  });
  await place.vault.catalogue.mark(proven.id, exampleProof());
  await place.vault.records.put('schedules', 'nightly', { name: 'before' });
  return Object.assign(place, { old: old.id, proven: proven.id });
}

/** Runs the scenario until just before its n-th change on disk, and kills it there. Null when it got to its end. */
async function killedBefore(n: number, scenario: string, { folder, old }: Stage): Promise<string | null> {
  await using child = spawnNode(script, { args: [folder, scenario, old, `${n}`] });
  const line = await child.line(/^(border|done)/);
  await child.kill();
  return line === 'done' ? null : line;
}

/** What holds whatever was killed: every listed backup is whole, nothing is damaged, the proven one stands. */
async function expectTruth({ vault, proven }: Stage): Promise<Backup[]> {
  const { backups, damaged } = await vault.catalogue.list();
  expect(damaged).toEqual([]);
  for (const backup of backups) expect(await vault.catalogue.scrub(backup)).toEqual([]);
  expect((await vault.catalogue.newestProven('sage'))?.manifest.id).toBe(proven);
  return backups;
}

/** What the next cleanup does. */
async function sweep({ vault, storage }: Stage): Promise<void> {
  const later = new Date(Date.now() + 2 * hour);
  for (const leftover of await vault.attempts.leftovers(hour, later)) await vault.attempts.sweep(leftover);
  for (const { key } of await vault.trash.list()) await vault.trash.empty(key);
  await storage.clearDrafts(new Date(later.getTime() - hour));
}

/** What no listing shows. */
function drafts({ folder }: Stage): Promise<string[]> {
  return readdir(join(folder, '.tmp'));
}

async function objectsOutsideBackups({ storage }: Stage): Promise<string[]> {
  const objects = await Array.fromAsync(storage.walk(''));
  return objects
    .map(({ key }) => key)
    .filter((key) => !/^sage\/[^/]+\/(manifest\.json|[^/]+\.sql\.custom|mark-[^/]+)$/.test(key))
    .filter((key) => key !== 'records/schedules/nightly.json');
}

/** Kills at every border in turn, each time in a new storage, until the scenario reaches its end. */
async function everywhere(
  scenario: string,
  check: (subject: Stage, border: string) => Promise<void>,
): Promise<number> {
  for (let n = 1; ; n++) {
    await using subject = await stage();
    const border = await killedBefore(n, scenario, subject);
    if (border === null) return n - 1;
    await check(subject, `${border} (${n})`);
  }
}

describe('kill -9 at every change on disk', () => {
  it('of a publication lists the backup whole or not at all, and nothing is left after a sweep', async () => {
    const seen = new Set<number>();
    const borders = await everywhere('publish', async (subject) => {
      const before = (await expectTruth(subject)).length;
      seen.add(before);
      await sweep(subject);
      expect(await expectTruth(subject)).toHaveLength(before);
      expect(await objectsOutsideBackups(subject)).toEqual([]);
      expect(await drafts(subject)).toEqual([]);
    });
    expect(borders).toBeGreaterThan(20);
    expect([...seen].sort()).toEqual([2, 3]);
  });

  it('of a deletion shows the backup whole or not at all, and the next cleanup ends it', async () => {
    const seen = new Set<number>();
    const borders = await everywhere('discard', async (subject) => {
      const before = (await expectTruth(subject)).length;
      seen.add(before);
      await sweep(subject);
      expect(await expectTruth(subject)).toHaveLength(before);
      expect(await objectsOutsideBackups(subject)).toEqual([]);
      expect(await drafts(subject)).toEqual([]);
    });
    expect(borders).toBeGreaterThan(8);
    expect([...seen].sort()).toEqual([1, 2]);
  });

  it('of a mark leaves the mark or none', async () => {
    const seen = new Set<string>();
    const borders = await everywhere('mark', async (subject) => {
      await expectTruth(subject);
      const { proof } = (await subject.vault.catalogue.get(subject.old)).marks;
      seen.add(proof?.result ?? 'none');
    });
    expect(borders).toBeGreaterThan(5);
    expect([...seen].sort()).toEqual(['failed', 'none']);
  });

  it('of a reader leaves a pin that expires', async () => {
    const borders = await everywhere('pin', async (subject) => {
      await expectTruth(subject);
      const { pins } = subject.vault;
      expect(await pins.held(subject.old, new Date(Date.now() + hour))).toEqual([]);
      subject.clock = new Date(Date.now() + hour);
      await subject.vault.catalogue.discard(subject.old);
    });
    expect(borders).toBeGreaterThan(5);
  });

  it('of a record leaves the old one or the new one', async () => {
    const seen = new Set<string>();
    let left = 0;
    await everywhere('record', async (subject) => {
      const { items, damaged } = await subject.vault.records.list('schedules');
      expect(damaged).toEqual([]);
      left += (await drafts(subject)).length;
      await sweep(subject);
      expect(await drafts(subject)).toEqual([]);
      seen.add(items.map(({ name }) => name).join());
    });
    expect([...seen].sort()).toEqual(['before', 'nightly']);
    expect(left).toBeGreaterThan(0);
  });
});

it('an attempt whose process is dead is a leftover at once; a living one is none', async () => {
  await using subject = await stage();
  const { attempts } = subject.vault;
  await attempts.begin('sage', new Date('2026-11-03T02:00:00Z'), { jobId: 'living', attempt: 1 });
  for (let n = 1, border: string | null = ''; border !== null; n++) {
    border = await killedBefore(n, 'publish', subject);
    if ((await attempts.leftovers(hour, new Date())).length > 0) break;
  }
  const leftovers = await attempts.leftovers(hour, new Date());
  expect(leftovers.map(({ ownerDead }) => ownerDead)).toEqual([true]);
  expect(leftovers[0]?.jobId).not.toBe('living');
});
