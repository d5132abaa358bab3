import { describe, expect, it } from 'vitest';
import type { Storage } from '../port.ts';
import { codeFrom, drain, keysBelow, text } from './storageHelpers.ts';

/** How objects are found and read. */
export function readingContract(subject: () => Storage): void {
  describe('read, open, stat', () => {
    it('reads ranges with both ends included', async () => {
      await subject().put('digits', '0123456789');
      expect(await drain(await subject().open('digits', { start: 2, end: 4 }))).toBe('234');
      expect(await drain(await subject().open('digits', { start: 7 }))).toBe('789');
      expect(await drain(await subject().open('digits'))).toBe('0123456789');
    });

    it('says what is missing', async () => {
      expect(await codeFrom(subject().read('no/such'))).toBe('STORAGE_OBJECT_MISSING');
      expect(await codeFrom(subject().open('no/such'))).toBe('STORAGE_OBJECT_MISSING');
      expect(await subject().stat('no/such')).toBeNull();
    });

    it('refuses to read more than it may', async () => {
      await subject().put('big', 'x'.repeat(100));
      expect(await codeFrom(subject().read('big', 99))).toBe('STORAGE_FAILED');
      expect(await subject().read('big', 100)).toHaveLength(100);
    });

    it('gives a new revision to new content', async () => {
      await subject().put('r', 'one');
      const before = await subject().stat('r');
      expect((await subject().stat('r'))?.revision).toBe(before?.revision);
      await subject().put('r', 'two');
      expect((await subject().stat('r'))?.revision).not.toBe(before?.revision);
    });
  });

  describe('children and walk', () => {
    it('list objects and folders by name, and everything below', async () => {
      for (const key of ['b/2/x', 'b/1', 'a', 'b/2/y']) await subject().put(key, key);
      expect(await subject().children('')).toEqual([
        { name: 'a', kind: 'object' },
        { name: 'b', kind: 'folder' },
      ]);
      expect(await subject().children('b')).toEqual([
        { name: '1', kind: 'object' },
        { name: '2', kind: 'folder' },
      ]);
      expect(await keysBelow(subject(), 'b')).toEqual(['b/1', 'b/2/x', 'b/2/y']);
      expect(await subject().children('none')).toEqual([]);
      expect(await keysBelow(subject(), 'none')).toEqual([]);
    });

    it('describe objects as stat does', async () => {
      await subject().put('d/e', 'four');
      const [object] = await Array.fromAsync(subject().walk('d'));
      expect(object).toEqual(await subject().stat('d/e'));
      expect(object?.bytes).toBe(4);
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
      expect(await codeFrom(subject().create(key, text('x')))).toBe(refused);
      expect(await codeFrom(subject().put(key, 'x'))).toBe(refused);
      expect(await codeFrom(subject().read(key))).toBe(refused);
      expect(await codeFrom(subject().open(key))).toBe(refused);
      expect(await codeFrom(subject().stat(key))).toBe(refused);
      expect(await codeFrom(subject().claim(key))).toBe(refused);
      expect(await codeFrom(subject().remove(key))).toBe(refused);
      expect(await codeFrom(subject().publish(key, 'ok'))).toBe(refused);
      if (key !== '') expect(await codeFrom(subject().children(key))).toBe(refused);
    });

    it('refuses a path of too many segments', async () => {
      expect(await codeFrom(subject().put(Array(600).fill('ab').join('/'), 'x'))).toBe('STORAGE_KEY_INVALID');
    });

    it('stores names of any script', async () => {
      await subject().put('数据/ü b.txt', 'ok');
      expect(await keysBelow(subject(), '')).toEqual(['数据/ü b.txt']);
    });
  });

  describe('probe and space', () => {
    it('proves that the storage works and leaves nothing behind', async () => {
      await subject().probe();
      expect(await subject().children('')).toEqual([]);
    });

    it('tells free and total bytes, or that there is no limit', async () => {
      const space = await subject().space();
      if (space === null) return;
      expect(space.freeBytes).toBeGreaterThan(0);
      expect(space.totalBytes).toBeGreaterThanOrEqual(space.freeBytes);
    });
  });
}
