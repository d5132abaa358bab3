import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import type { Storage } from '../port.ts';
import { codeFrom, keysBelow, text } from './storageHelpers.ts';

/** How objects come into a storage. */
export function writingContract(subject: () => Storage): void {
  describe('create', () => {
    it('tells size and digest of what it stored, and every chunk on the way', async () => {
      const content = Buffer.alloc(3_000_000, 'wal');
      const heard: number[] = [];
      const digest = await subject().create('a/b/c', Readable.from([content, Buffer.from('end')]), {
        onBytes: (bytes) => heard.push(bytes),
      });
      const whole = Buffer.concat([content, Buffer.from('end')]);
      expect(digest).toEqual({
        bytes: whole.length,
        sha256: createHash('sha256').update(whole).digest('hex'),
      });
      expect(heard.reduce((sum, bytes) => sum + bytes, 0)).toBe(whole.length);
      expect((await subject().read('a/b/c')).equals(whole)).toBe(true);
    });

    it('stores an empty source as an empty object', async () => {
      expect((await subject().create('empty', Readable.from([]))).bytes).toBe(0);
      expect((await subject().stat('empty'))?.bytes).toBe(0);
    });

    it('never overwrites', async () => {
      await subject().create('once', text('first'));
      expect(await codeFrom(subject().create('once', text('second')))).toBe('STORAGE_OBJECT_EXISTS');
      expect((await subject().read('once')).toString()).toBe('first');
    });

    it('lets exactly one of many creators win', async () => {
      const codes = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          subject()
            .create('race', text(`content of ${i}`))
            .then(
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
      await expect(subject().create('failed', failing())).rejects.toBe(fault);
      expect(await keysBelow(subject(), '')).toEqual([]);
    });

    it('leaves nothing when the source is destroyed without an end', async () => {
      const source = new Readable({ read() {} });
      source.push('half');
      const stored = subject().create('cut', source, { onBytes: () => source.destroy() });
      await expect(stored).rejects.toThrow(/premature/i);
      expect(await subject().stat('cut')).toBeNull();
    });

    it('ends a silent source with the reason of the signal and leaves nothing', async () => {
      const reason = new SagekeepError('CANCELLED', 'cancelled by a test');
      const abort = new AbortController();
      const source = new Readable({ read() {} });
      source.push('half');
      const stored = subject().create('aborted', source, {
        signal: abort.signal,
        onBytes: () => abort.abort(reason),
      });
      await expect(stored).rejects.toBe(reason);
      expect(source.destroyed).toBe(true);
      expect(await subject().stat('aborted')).toBeNull();
    });
  });

  describe('put', () => {
    it('replaces as a whole, and keeps what is there when asked to', async () => {
      expect(await subject().put('x/y', 'one')).toBe(true);
      expect(await subject().put('x/y', 'two')).toBe(true);
      expect(await subject().put('x/y', 'three', { ifAbsent: true })).toBe(false);
      expect((await subject().read('x/y')).toString()).toBe('two');
      expect(await subject().put('x/z', Buffer.from('new'), { ifAbsent: true })).toBe(true);
    });

    it('lets exactly one of many win with ifAbsent', async () => {
      const won = await Promise.all(
        Array.from({ length: 8 }, (_, i) => subject().put('claim', `${i}`, { ifAbsent: true })),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await subject().read('claim')).toString()).toBe(`${won.indexOf(true)}`);
    });

    it('shows only what was put', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => subject().put(`many/${i % 4}`, `${i}`)));
      expect(await keysBelow(subject(), '')).toEqual(['many/0', 'many/1', 'many/2', 'many/3']);
    });
  });
}
