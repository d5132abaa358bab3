import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../auth/digest.ts';
import { checkedStream } from './checkedStream.ts';

describe('checkedStream', () => {
  it('gives all bytes of a file that matches', async () => {
    const source = Readable.from([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]);
    const out = source.pipe(checkedStream('x.sql', sha256('onetwothree')));
    expect((await buffer(out)).toString()).toBe('onetwothree');
  });

  it('gives an empty file', async () => {
    expect(await buffer(Readable.from([]).pipe(checkedStream('x.sql', sha256(''))))).toHaveLength(0);
  });

  it('breaks off before the last chunk of a damaged one', async () => {
    const received: string[] = [];
    const out = Readable.from([Buffer.from('one'), Buffer.from('twX')]).pipe(
      checkedStream('x.sql', sha256('onetwo')),
    );
    const reading = (async () => {
      for await (const chunk of out) received.push(String(chunk));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
    expect(received).not.toContain('twX');
  });
});
