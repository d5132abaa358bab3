import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage, StoredObject } from '../port.ts';

export interface ContractSubject extends AsyncDisposable {
  readonly storage: Storage;
}

const text = (content: string) => Readable.from([Buffer.from(content)]);

async function drain(readable: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function keysBelow(storage: Storage, prefix: string): Promise<string[]> {
  const objects: StoredObject[] = await Array.fromAsync(storage.walk(prefix));
  return objects.map(({ key }) => key).sort();
}

export async function codeFrom(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it did not throw'),
    (reason: unknown) => reason,
  );
  return isSagekeepError(error) ? error.code : String(error);
}

/** What every adapter of the port promises. Each test gets an empty storage. */
export function storageContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the storage contract`, () => {
    let subject: ContractSubject;
    let storage: Storage;
    beforeEach(async () => {
      subject = await open();
      storage = subject.storage;
    });
    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
    });

    describe('create', () => {
      it('tells size and digest of what it stored, and every chunk on the way', async () => {
        const content = Buffer.alloc(3_000_000, 'wal');
        const heard: number[] = [];
        const digest = await storage.create('a/b/c', Readable.from([content, Buffer.from('end')]), {
          onBytes: (bytes) => heard.push(bytes),
        });
        const whole = Buffer.concat([content, Buffer.from('end')]);
        expect(digest).toEqual({
          bytes: whole.length,
          sha256: createHash('sha256').update(whole).digest('hex'),
        });
        expect(heard.reduce((sum, bytes) => sum + bytes, 0)).toBe(whole.length);
        expect((await storage.read('a/b/c')).equals(whole)).toBe(true);
      });

      it('stores an empty source as an empty object', async () => {
        expect((await storage.create('empty', Readable.from([]))).bytes).toBe(0);
        expect((await storage.stat('empty'))?.bytes).toBe(0);
      });

      it('never overwrites', async () => {
        await storage.create('once', text('first'));
        expect(await codeFrom(storage.create('once', text('second')))).toBe('STORAGE_OBJECT_EXISTS');
        expect((await storage.read('once')).toString()).toBe('first');
      });

      it('lets exactly one of many creators win', async () => {
        const codes = await Promise.all(
          Array.from({ length: 8 }, (_, i) =>
            storage.create('race', text(`content of ${i}`)).then(
              () => 'won',
              (e: SagekeepError) => e.code,
            ),
          ),
        );
        expect(codes.filter((code) => code === 'won')).toHaveLength(1);
        expect(codes.filter((code) => code === 'STORAGE_OBJECT_EXISTS')).toHaveLength(7);
      });

      it("rejects with the source's own error and leaves nothing", async () => {
        const fault = new Error('pg_dump exited with 1');
        async function* failing() {
          yield Buffer.from('half');
          throw fault;
        }
        await expect(storage.create('failed', failing())).rejects.toBe(fault);
        expect(await keysBelow(storage, '')).toEqual([]);
      });

      it('leaves nothing when the source is destroyed without an end', async () => {
        const source = new Readable({ read() {} });
        source.push('half');
        const stored = storage.create('cut', source, { onBytes: () => source.destroy() });
        await expect(stored).rejects.toThrow(/premature/i);
        expect(await storage.stat('cut')).toBeNull();
      });

      it('ends a silent source with the reason of the signal and leaves nothing', async () => {
        const reason = new SagekeepError('CANCELLED', 'cancelled by a test');
        const abort = new AbortController();
        const source = new Readable({ read() {} });
        source.push('half');
        const stored = storage.create('aborted', source, {
          signal: abort.signal,
          onBytes: () => abort.abort(reason),
        });
        await expect(stored).rejects.toBe(reason);
        expect(source.destroyed).toBe(true);
        expect(await storage.stat('aborted')).toBeNull();
      });
    });

    describe('put', () => {
      it('replaces as a whole, and keeps what is there when asked to', async () => {
        expect(await storage.put('x/y', 'one')).toBe(true);
        expect(await storage.put('x/y', 'two')).toBe(true);
        expect(await storage.put('x/y', 'three', { ifAbsent: true })).toBe(false);
        expect((await storage.read('x/y')).toString()).toBe('two');
        expect(await storage.put('x/z', Buffer.from('new'), { ifAbsent: true })).toBe(true);
      });

      it('lets exactly one of many win with ifAbsent', async () => {
        const won = await Promise.all(
          Array.from({ length: 8 }, (_, i) => storage.put('claim', `${i}`, { ifAbsent: true })),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await storage.read('claim')).toString()).toBe(`${won.indexOf(true)}`);
      });

      it('shows only what was put', async () => {
        await Promise.all(Array.from({ length: 20 }, (_, i) => storage.put(`many/${i % 4}`, `${i}`)));
        expect(await keysBelow(storage, '')).toEqual(['many/0', 'many/1', 'many/2', 'many/3']);
      });
    });

    describe('read, open, stat', () => {
      it('reads ranges with both ends included', async () => {
        await storage.put('digits', '0123456789');
        expect(await drain(await storage.open('digits', { start: 2, end: 4 }))).toBe('234');
        expect(await drain(await storage.open('digits', { start: 7 }))).toBe('789');
        expect(await drain(await storage.open('digits'))).toBe('0123456789');
      });

      it('says what is missing', async () => {
        expect(await codeFrom(storage.read('no/such'))).toBe('STORAGE_OBJECT_MISSING');
        expect(await codeFrom(storage.open('no/such'))).toBe('STORAGE_OBJECT_MISSING');
        expect(await storage.stat('no/such')).toBeNull();
      });

      it('refuses to read more than it may', async () => {
        await storage.put('big', 'x'.repeat(100));
        expect(await codeFrom(storage.read('big', 99))).toBe('STORAGE_FAILED');
        expect(await storage.read('big', 100)).toHaveLength(100);
      });

      it('gives a new revision to new content', async () => {
        await storage.put('r', 'one');
        const before = await storage.stat('r');
        expect((await storage.stat('r'))?.revision).toBe(before?.revision);
        await storage.put('r', 'two');
        expect((await storage.stat('r'))?.revision).not.toBe(before?.revision);
      });
    });

    describe('children and walk', () => {
      it('list objects and folders by name, and everything below', async () => {
        for (const key of ['b/2/x', 'b/1', 'a', 'b/2/y']) await storage.put(key, key);
        expect(await storage.children('')).toEqual([
          { name: 'a', kind: 'object' },
          { name: 'b', kind: 'folder' },
        ]);
        expect(await storage.children('b')).toEqual([
          { name: '1', kind: 'object' },
          { name: '2', kind: 'folder' },
        ]);
        expect(await keysBelow(storage, 'b')).toEqual(['b/1', 'b/2/x', 'b/2/y']);
        expect(await storage.children('none')).toEqual([]);
        expect(await keysBelow(storage, 'none')).toEqual([]);
      });

      it('describe objects as stat does', async () => {
        await storage.put('d/e', 'four');
        const [object] = await Array.fromAsync(storage.walk('d'));
        expect(object).toEqual(await storage.stat('d/e'));
        expect(object?.bytes).toBe(4);
      });
    });

    describe('claim', () => {
      it('gives true to exactly one caller', async () => {
        const claims = await Promise.all(Array.from({ length: 8 }, () => storage.claim('deep/er/claimed')));
        expect(claims.filter(Boolean)).toHaveLength(1);
      });
    });

    describe('publish', () => {
      it('moves everything below a prefix at once', async () => {
        await storage.put('from/1', 'one');
        await storage.put('from/sub/2', 'two');
        await storage.publish('from', 'to/here');
        expect(await keysBelow(storage, '')).toEqual(['to/here/1', 'to/here/sub/2']);
      });

      it('never replaces what exists', async () => {
        await storage.put('from/1', 'new');
        await storage.put('to/1', 'old');
        expect(await codeFrom(storage.publish('from', 'to'))).toBe('STORAGE_OBJECT_EXISTS');
        expect((await storage.read('to/1')).toString()).toBe('old');
        expect((await storage.read('from/1')).toString()).toBe('new');
      });

      it('lets one of two publishers win', async () => {
        await storage.put('a/1', 'a');
        await storage.put('b/1', 'b');
        const codes = await Promise.all(
          ['a', 'b'].map((from) =>
            storage.publish(from, 'to').then(
              () => 'won',
              (e: SagekeepError) => e.code,
            ),
          ),
        );
        expect(codes.sort()).toEqual(['STORAGE_OBJECT_EXISTS', 'won']);
      });

      it('says when there is nothing to publish', async () => {
        expect(await codeFrom(storage.publish('nothing', 'to'))).toBe('STORAGE_OBJECT_MISSING');
      });
    });

    describe('remove', () => {
      it('removes an object, a tree, or nothing, and counts the bytes', async () => {
        await storage.put('t/1', '123');
        await storage.put('t/u/2', '4567');
        await storage.put('v', '8');
        expect(await storage.remove('t')).toBe(7);
        expect(await storage.remove('v')).toBe(1);
        expect(await storage.remove('v')).toBe(0);
        expect(await keysBelow(storage, '')).toEqual([]);
      });

      it('lets several remove the same tree', async () => {
        for (let i = 0; i < 30; i++) await storage.put(`t/${i}`, 'x');
        await Promise.all(Array.from({ length: 4 }, () => storage.remove('t')));
        expect(await keysBelow(storage, '')).toEqual([]);
      });
    });

    describe('keys', () => {
      const bad = [
        '',
        '/etc/passwd',
        '..',
        'a/../b',
        'a/./b',
        'a//b',
        'a/',
        'a\0b',
        'a\nb',
        'a\\b',
        'x'.repeat(300),
      ];
      it.each(bad)('refuses %j everywhere', async (key) => {
        const refused = 'STORAGE_KEY_INVALID';
        expect(await codeFrom(storage.create(key, text('x')))).toBe(refused);
        expect(await codeFrom(storage.put(key, 'x'))).toBe(refused);
        expect(await codeFrom(storage.read(key))).toBe(refused);
        expect(await codeFrom(storage.open(key))).toBe(refused);
        expect(await codeFrom(storage.stat(key))).toBe(refused);
        expect(await codeFrom(storage.claim(key))).toBe(refused);
        expect(await codeFrom(storage.remove(key))).toBe(refused);
        expect(await codeFrom(storage.publish(key, 'ok'))).toBe(refused);
        if (key !== '') expect(await codeFrom(storage.children(key))).toBe(refused);
      });

      it('refuses a path of too many segments', async () => {
        expect(await codeFrom(storage.put(Array(600).fill('ab').join('/'), 'x'))).toBe('STORAGE_KEY_INVALID');
      });

      it('stores names of any script', async () => {
        await storage.put('数据/ü b.txt', 'ok');
        expect(await keysBelow(storage, '')).toEqual(['数据/ü b.txt']);
      });
    });

    describe('probe and space', () => {
      it('proves that the storage works and leaves nothing behind', async () => {
        await storage.probe();
        expect(await storage.children('')).toEqual([]);
      });

      it('tells free and total bytes, or that there is no limit', async () => {
        const space = await storage.space();
        if (space === null) return;
        expect(space.freeBytes).toBeGreaterThan(0);
        expect(space.totalBytes).toBeGreaterThanOrEqual(space.freeBytes);
      });
    });
  });
}
