import { describe, expect, it } from 'vitest';
import { createTail } from './tail.ts';

describe('the tail of what a tool says', () => {
  it('hands on whole lines, also when they come in pieces', () => {
    const lines: string[] = [];
    const tail = createTail((line) => lines.push(line));
    for (const piece of ['one\ntw', 'o\n', 'three']) tail.add(Buffer.from(piece));
    expect(lines).toEqual(['one', 'two']);
    expect(tail.end()).toBe('one\ntwo\nthree');
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('keeps the last 64 KiB of a tool that never stops', () => {
    const tail = createTail(() => undefined);
    for (let i = 0; i < 100; i += 1) tail.add(Buffer.from(`${'x'.repeat(9999)}\n`));
    tail.add(Buffer.from('the last words'));
    const kept = tail.end();
    expect(Buffer.byteLength(kept)).toBe(64 * 1024);
    expect(kept.endsWith('the last words')).toBe(true);
  });
});
