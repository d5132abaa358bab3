import { SagekeepError } from '@sagekeep/contracts';
import { createVault, type Storage, type Vault } from '@sagekeep/storage';
import { exampleProof, publishExample, type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireFile } from './foreign/inspect.ts';
import { backupById, backupNamed, backupOfFile } from './source.ts';

let place: TemporaryVault;
beforeEach(async () => {
  place = await temporaryVault();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

async function proven(day: number): Promise<string> {
  const { id } = await publishExample(place.vault, { at: new Date(Date.UTC(2026, 10, day)) });
  await place.vault.catalogue.mark(id, exampleProof());
  return id;
}

async function suspect(id: string): Promise<void> {
  const reasons = ['public.memories: rows 1000 → 3'];
  await place.vault.catalogue.mark(id, { kind: 'suspect', at: '2026-11-20T00:00:00Z', reasons });
}

/** The same vault where the disk does not give away one object. */
function vaultWithout(bad: string): Vault {
  const failing = () => Promise.reject(new SagekeepError('STORAGE_FAILED', 'EIO', { retryable: true }));
  const storage: Storage = {
    ...place.storage,
    read: (key, maxBytes) => (key === bad ? failing() : place.storage.read(key, maxBytes)),
    stat: (key) => (key === bad ? failing() : place.storage.stat(key)),
  };
  return createVault({ storage, now: () => place.clock });
}

describe('latest', () => {
  it('is not an older one while it cannot be read: that one has to be named', async () => {
    const older = await proven(1);
    const newest = await proven(2);
    const vault = vaultWithout(`sage/${newest}/manifest.json`);
    await expect(backupNamed(vault, 'sage', 'latest')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: true,
      facts: { unread: newest, readable: older },
    });
    expect((await backupNamed(vault, 'sage', older)).manifest.id).toBe(older);
    const other = vaultWithout(`sage/${older}/manifest.json`);
    expect((await backupNamed(other, 'sage', 'latest')).manifest.id).toBe(newest);
  });

  it('is the newest proven backup', async () => {
    await proven(1);
    const newest = await proven(2);
    await publishExample(place.vault, { at: new Date(Date.UTC(2026, 10, 3)) });
    expect((await backupNamed(place.vault, 'sage', 'latest')).manifest.id).toBe(newest);
  });

  it('is refused while it is suspect, with the reason and the sound one before it', async () => {
    const sound = await proven(1);
    const emptied = await proven(2);
    await suspect(emptied);
    await expect(backupNamed(place.vault, 'sage', 'latest')).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      retryable: false,
      message: expect.stringMatching(/1000 → 3/),
      facts: { suspect: emptied, sound },
    });
    expect((await backupNamed(place.vault, 'sage', emptied)).manifest.id).toBe(emptied);
  });

  it('is taken again once somebody has said that it is right', async () => {
    const newest = await proven(2);
    await suspect(newest);
    await place.vault.catalogue.mark(newest, {
      kind: 'acknowledgement',
      at: '2026-11-20T01:00:00Z',
      by: 'operator',
      reason: 'the old year was archived',
    });
    expect((await backupNamed(place.vault, 'sage', 'latest')).manifest.id).toBe(newest);
  });
});

describe('a backup that has lost a file', () => {
  it('is still found by its id, by what its manifest says', async () => {
    const id = await proven(1);
    await place.storage.remove(`sage/${id}/${id}.sql.custom`);
    expect((await backupById(place.vault, id)).manifest.id).toBe(id);
  });

  it('is not when its manifest is damaged too', async () => {
    const id = await proven(1);
    await place.storage.remove(`sage/${id}/${id}.sql.custom`);
    const key = `sage/${id}/manifest.json`;
    const text = (await place.storage.read(key)).toString();
    await place.storage.put(key, text.replace('"attempt": 1', '"attempt": 2'));
    await expect(backupById(place.vault, id)).rejects.toMatchObject({ code: 'MANIFEST_DAMAGED' });
  });
});

describe('a file', () => {
  it('of a backup whose manifest cannot be read is not taken for a stranger’s', async () => {
    const id = await proven(1);
    const file = `sage/${id}/${id}.sql.custom`;
    const unanswered = { code: 'STORAGE_FAILED', retryable: true };
    await expect(backupOfFile(vaultWithout(`sage/${id}/manifest.json`), file)).rejects.toMatchObject(
      unanswered,
    );
    await place.storage.put(`sage/${id}/manifest.json`, '{');
    expect(await backupOfFile(place.vault, file)).toBeNull();
  });

  it('that cannot be looked at is not said to be missing', async () => {
    await expect(requireFile(vaultWithout('a.sql'), 'a.sql')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
    await expect(requireFile(place.vault, 'a.sql')).rejects.toMatchObject({ code: 'UNKNOWN_FILE' });
    await expect(requireFile(place.vault, '../a.sql')).rejects.toMatchObject({ code: 'UNKNOWN_FILE' });
  });
});
