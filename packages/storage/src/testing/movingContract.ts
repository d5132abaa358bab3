import type { SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import type { Storage } from '../port.ts';
import { codeFrom, keysBelow } from './storageHelpers.ts';

/** How folders are claimed, published and removed. */
export function movingContract(subject: () => Storage): void {
  describe('claim', () => {
    it('gives true to exactly one caller', async () => {
      const claims = await Promise.all(Array.from({ length: 8 }, () => subject().claim('deep/er/claimed')));
      expect(claims.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('publish', () => {
    it('moves everything below a prefix at once', async () => {
      await subject().put('from/1', 'one');
      await subject().put('from/sub/2', 'two');
      await subject().publish('from', 'to/here');
      expect(await keysBelow(subject(), '')).toEqual(['to/here/1', 'to/here/sub/2']);
    });

    it('never replaces what exists', async () => {
      await subject().put('from/1', 'new');
      await subject().put('to/1', 'old');
      expect(await codeFrom(subject().publish('from', 'to'))).toBe('STORAGE_OBJECT_EXISTS');
      expect((await subject().read('to/1')).toString()).toBe('old');
      expect((await subject().read('from/1')).toString()).toBe('new');
    });

    it('lets one of two publishers win', async () => {
      await subject().put('a/1', 'a');
      await subject().put('b/1', 'b');
      const codes = await Promise.all(
        ['a', 'b'].map((from) =>
          subject()
            .publish(from, 'to')
            .then(
              () => 'won',
              (e: SagekeepError) => e.code,
            ),
        ),
      );
      expect(codes.sort()).toEqual(['STORAGE_OBJECT_EXISTS', 'won']);
    });

    it('says when there is nothing to publish', async () => {
      expect(await codeFrom(subject().publish('nothing', 'to'))).toBe('STORAGE_OBJECT_MISSING');
    });
  });

  describe('remove', () => {
    it('removes an object, a tree, or nothing, and counts the bytes', async () => {
      await subject().put('t/1', '123');
      await subject().put('t/u/2', '4567');
      await subject().put('v', '8');
      expect(await subject().remove('t')).toBe(7);
      expect(await subject().remove('v')).toBe(1);
      expect(await subject().remove('v')).toBe(0);
      expect(await keysBelow(subject(), '')).toEqual([]);
    });

    it('lets several remove the same tree', async () => {
      for (let i = 0; i < 30; i++) await subject().put(`t/${i}`, 'x');
      await Promise.all(Array.from({ length: 4 }, () => subject().remove('t')));
      expect(await keysBelow(subject(), '')).toEqual([]);
    });
  });
}
