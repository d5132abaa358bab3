import { Readable } from 'node:stream';
import { isSagekeepError, type SagekeepError } from '@sagekeep/contracts';
import { publishExample } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { openDisk } from './fixtures/disk.ts';

async function errorOf(promise: Promise<unknown>): Promise<SagekeepError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (isSagekeepError(error)) return error;
  throw error;
}

/** Root may write everywhere; a plain user is nobody enough. */
function becomeNobody(): Disposable {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  return { [Symbol.dispose]: () => void (isRoot && process.seteuid?.(0)) };
}

const at = (day: number) => new Date(Date.UTC(2026, 10, day, 2));

describe('a full disk', () => {
  it('fails a dump with STORAGE_FULL, to be tried again, and leaves nothing of it', async () => {
    await using subject = await openDisk('size=512k');
    const { storage, catalogue, attempts } = subject.vault;
    const attempt = await attempts.begin('sage', at(1), { jobId: 'j', attempt: 1 });
    const free = (await storage.space())?.freeBytes;
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    const error = await errorOf(attempt.write('dump', endless));
    expect([error.code, error.retryable]).toEqual(['STORAGE_FULL', true]);
    expect(error.message).toContain(subject.folder);
    expect(endless.destroyed).toBe(true);
    expect((await storage.space())?.freeBytes).toBe(free);
    expect((await catalogue.list()).backups).toEqual([]);
  });

  it('fails the probe and small objects alike, and what was there stays readable', async () => {
    await using subject = await openDisk('size=512k');
    const { storage, catalogue, pins } = subject.vault;
    const { id } = await publishExample(subject.vault, { at: at(1) });
    await subject.fill();
    const attempts = [() => storage.probe(), () => storage.put('sage/x', 'x'), () => pins.pin(id, 'reader')];
    for (const attempt of attempts) expect((await errorOf(attempt())).code).toBe('STORAGE_FULL');
    const { backups } = await catalogue.list();
    expect(backups.map(({ manifest }) => manifest.id)).toEqual([id]);
    expect(await Promise.all(backups.map((backup) => catalogue.scrub(backup)))).toEqual([[]]);
  });

  it('lets a backup be deleted with 0 bytes free', async () => {
    await using subject = await openDisk('size=512k');
    const { storage, catalogue, trash } = subject.vault;
    const { id } = await publishExample(subject.vault, { at: at(1), content: 'x'.repeat(100_000) });
    await subject.fill();
    expect((await storage.space())?.freeBytes).toBe(0);
    expect(await trash.empty(await catalogue.discard(id))).toBeGreaterThan(100_000);
    await storage.probe();
  });

  it('lets a backup be deleted when not even a folder can be made', async () => {
    await using subject = await openDisk('size=512k,nr_inodes=14');
    const { storage, catalogue, trash } = subject.vault;
    const { id } = await publishExample(subject.vault, { at: at(1) });
    await storage.remove('.trash');
    for (let i = 0; ; i++) if (!(await storage.claim(`filler${i}`).catch(() => false))) break;
    expect((await errorOf(storage.claim('one-more'))).code).toBe('STORAGE_FULL');
    const key = await catalogue.discard(id);
    expect(await catalogue.list()).toEqual({ backups: [], damaged: [] });
    expect((await trash.list()).map((entry) => entry.key)).toEqual([key]);
    expect(await trash.empty(key)).toBeGreaterThan(0);
    expect(await trash.list()).toEqual([]);
  });
});

describe('a storage that may not be written', () => {
  it('read-only: says so, and still reads', async () => {
    await using subject = await openDisk('size=512k');
    const { storage, catalogue } = subject.vault;
    await publishExample(subject.vault, { at: at(1) });
    await subject.remount('ro');
    const attempts = [
      () => storage.probe(),
      () => storage.put('x', 'x'),
      () => storage.claim('y'),
      () => storage.remove('sage'),
    ];
    for (const attempt of attempts) {
      const error = await errorOf(attempt());
      expect([error.code, error.retryable]).toEqual(['STORAGE_NOT_WRITABLE', false]);
      expect(error.advice).toContain(`${subject.folder} is read-only`);
    }
    expect((await catalogue.list()).backups).toHaveLength(1);
  });

  it("somebody else's: names the folder, its owner and mode, and who asks", async () => {
    await using disk = await openDisk('size=512k,uid=0,gid=0,mode=755');
    using _ = becomeNobody();
    const user = process.geteuid?.();
    const error = await errorOf(disk.vault.storage.probe());
    expect(error.code).toBe('STORAGE_NOT_WRITABLE');
    expect(error.message).toContain(disk.folder);
    expect(error.message).toMatch(/belongs to 0:0 with mode 0755/);
    expect(error.message).toContain(`runs as ${user}:`);
    expect(error.advice).toContain(`chown -R ${user}:`);
  });
});
