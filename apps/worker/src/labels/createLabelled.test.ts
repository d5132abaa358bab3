import type { DatabaseRecord } from '@sagekeep/contracts';
import { createVault } from '@sagekeep/storage';
import { memoryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { createLabelled, type LabelledOptions } from './createLabelled.ts';

const now = () => new Date('2026-11-22T12:00:00Z');

/** A database whose container is beside another worker. */
const far: DatabaseRecord = {
  ...{ version: 1, id: 'far', name: 'far', container: 'far-db', containerId: 'c1', dbname: 'far' },
  ...{ state: 'ready', why: null, advice: null, since: now().toISOString(), seenAt: now().toISOString() },
};

it('a storage that cannot be read leaves databases out only for those who end nothing by it', async () => {
  const { storage, vault } = memoryVault(now());
  await vault.records.put('databases', 'far', far);
  let unreadable = false;
  const labelled = createLabelled({
    configuration: { databases: [], docker: { host: null, labels: null } },
    vault: createVault({
      storage: {
        ...storage,
        async read(key, maxBytes) {
          if (unreadable) throw new Error('EIO');
          return storage.read(key, maxBytes);
        },
      },
      now,
    }),
  } as unknown as LabelledOptions);
  const names = async (some: Promise<readonly { name: string }[]>) => (await some).map(({ name }) => name);
  expect(await names(labelled.all())).toEqual(['far']);
  expect(await names(labelled.known())).toEqual(['far']);
  unreadable = true;
  expect(await names(labelled.all())).toEqual([]);
  await expect(labelled.known()).rejects.toThrow('EIO');
});
