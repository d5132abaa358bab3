import type { Observation } from '@sagekeep/contracts';
import { createVault, type Records } from '@sagekeep/storage';
import { memoryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { databaseConfig, noon } from '../testing/facts.ts';
import { collectStatus } from './collectStatus.ts';
import { decisiveVerifications } from './verifications.ts';

const coverage = { 'pgvector.coverage': { 'memories.embedding': 97 } };
const hoursAgo = (hours: number) => new Date(noon.getTime() - hours * 3_600_000);

type Verified = Pick<Observation, 'database' | 'status'> & {
  ago: number;
  measures?: Observation['measures'];
};

async function verified(records: Records, { database, status, ago, measures }: Verified): Promise<void> {
  const at = hoursAgo(ago).toISOString();
  const id = `${at.replace(/[-:]|\.\d+/g, '')}-verification-${database}-abc`;
  await records.put('observations', id, {
    ...{ version: 1, id, kind: 'verification', database, at, status },
    ...(measures === undefined ? {} : { measures }),
  });
}

/** A hundred databases, verified every hour for two days; the first is bad for a day and a half. */
async function manyDatabases() {
  const { storage, vault } = memoryVault(noon);
  const names = Array.from({ length: 100 }, (_, index) => `db${index}`);
  for (const [index, database] of names.entries())
    for (let ago = 1; ago <= 48; ago += 1) {
      const status = index === 0 && ago <= 36 ? 'warn' : 'pass';
      await verified(vault.records, { database, status, ago, measures: coverage });
    }
  return { storage, names };
}

it('the look-back of a database does not depend on how many others there are', async () => {
  const { storage, names } = await manyDatabases();
  const vault = createVault({ storage, now: () => noon });
  const databases = names.map((name) => ({ ...databaseConfig(), name }));
  const status = await collectStatus({ vault, configuration: { databases }, now: noon });
  const line = status.databases[0]?.lines.find(({ id }) => id === 'verification');
  expect(line).toMatchObject({ level: 'warn', since: hoursAgo(36).toISOString() });
  expect(status.databases.every((one) => one.coverage[0]?.percent === 97)).toBe(true);
});

it('while all is well one record of each database is read', async () => {
  const { storage, names } = await manyDatabases();
  const read: string[] = [];
  const counted = createVault({
    storage: {
      ...storage,
      read: (key, maxBytes) => {
        read.push(key);
        return storage.read(key, maxBytes);
      },
    },
    now: () => noon,
  });
  const { items } = await decisiveVerifications(counted.records, names.slice(1));
  expect(items.map(({ database }) => database)).toEqual(names.slice(1));
  expect(read).toHaveLength(99);
});

it('a run of bad results is followed to its start and no further, and few of it are held', async () => {
  const { vault } = memoryVault(noon);
  for (let ago = 0; ago < 400; ago += 1)
    await verified(vault.records, { database: 'sage', status: 'fail', ago });
  const { items } = await decisiveVerifications(vault.records, ['sage', 'never']);
  expect(items.map(({ at }) => at)).toEqual([hoursAgo(0).toISOString(), hoursAgo(239).toISOString()]);
});

it('the newest coverage is found before verifications that measured none; a damaged record is named', async () => {
  const { storage, vault } = memoryVault(noon);
  await verified(vault.records, { database: 'sage', status: 'fail', ago: 9, measures: coverage });
  await verified(vault.records, { database: 'sage', status: 'pass', ago: 8, measures: coverage });
  for (const ago of [3, 2, 1]) await verified(vault.records, { database: 'sage', status: 'warn', ago });
  const torn = '20261122T120000Z-verification-sage-def';
  await storage.put(`records/observations/${torn}.json`, '{"version":');
  const { items, damaged } = await decisiveVerifications(vault.records, ['sage']);
  expect(items.map(({ at }) => at)).toEqual([1, 8, 3].map((ago) => hoursAgo(ago).toISOString()));
  expect(damaged).toEqual([torn]);
});
