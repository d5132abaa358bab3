import type { Records } from '@sagekeep/storage';
import { memoryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { createCoverageDays } from './coverageDays.ts';

const dayMs = 24 * 3_600_000;
const noon = Date.UTC(2026, 10, 22, 12);

async function verified(records: Records, database: string, at: number, percent?: number): Promise<void> {
  const instant = new Date(at).toISOString();
  const id = `${instant.replace(/[-:]|\.\d+/g, '')}-verification-${database}-abc`;
  await records.put('observations', id, {
    ...{ version: 1, id, kind: 'verification', database, at: instant, status: 'pass' },
    ...(percent === undefined ? {} : { measures: { 'pgvector.coverage': { 'm.e': percent } } }),
  });
}

function readsOf(records: Records) {
  const reads: string[] = [];
  const get: Records['get'] = (kind, id) => {
    reads.push(id);
    return records.get(kind, id);
  };
  return { reads, records: { ids: records.ids, get } };
}

it('reads one record a day, 90 days back in each database, and what is new when it is asked again', async () => {
  const { vault } = memoryVault();
  const names = Array.from({ length: 20 }, (_, index) => `db${index}`);
  for (const name of names)
    for (let day = 0; day < 100; day += 1)
      for (const hour of [0, 1])
        await verified(vault.records, name, noon - day * dayMs - hour * 3_600_000, day);
  const { reads, records } = readsOf(vault.records);
  const coverageDays = createCoverageDays(records);
  const all = await coverageDays(names);
  expect(Map.groupBy(all, ({ database }) => database).get('db7')).toHaveLength(90);
  expect(all.map(({ percent }) => percent['m.e']).toSorted((a = 0, b = 0) => b - a)[0]).toBe(89);
  expect(all.every(({ at }) => at.endsWith('T12:00:00.000Z'))).toBe(true);
  expect(reads.splice(0)).toHaveLength(20 * 90);

  await verified(vault.records, 'db7', noon + 3_600_000, 1042);
  const again = await coverageDays(names);
  expect(reads).toEqual(['20261122T130000Z-verification-db7-abc']);
  expect(again).toHaveLength(all.length);
  expect(again.filter(({ percent }) => percent['m.e'] === 1042)).toHaveLength(1);
});

it('a day is told by the last verification of it that measured, and left out when none did', async () => {
  const { vault } = memoryVault();
  await verified(vault.records, 'sage', noon - 3_600_000, 80);
  await verified(vault.records, 'sage', noon);
  await verified(vault.records, 'sage', noon - dayMs);
  await verified(vault.records, 'other', noon, 1);
  const days = await createCoverageDays(vault.records)(['sage', 'never']);
  expect(days).toEqual([{ database: 'sage', at: '2026-11-22T11:00:00.000Z', percent: { 'm.e': 80 } }]);
});
