import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { feed } from './feed.ts';

/** Takes one piece and is then busy until it is told otherwise. */
function sink() {
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void waiting.push(done),
  });
  return { stream, goOn: () => waiting.shift()?.() };
}

async function isWaiting(work: Promise<void>): Promise<boolean> {
  const turn = new Promise<'waiting'>((resolve) => setImmediate(() => resolve('waiting')));
  return (await Promise.race([work, turn])) === 'waiting';
}

describe('feeding a tool', () => {
  it('waits while it is busy', async () => {
    const { stream, goOn } = sink();
    const fed = feed(stream, Buffer.from('a'));
    expect(await isWaiting(fed)).toBe(true);
    goOn();
    await fed;
  });

  it('ends when the tool closes its stdin without ever taking what it was given', async () => {
    const { stream } = sink();
    const fed = feed(stream, Buffer.from('a'));
    expect(await isWaiting(fed)).toBe(true);
    stream.destroy();
    await fed;
    await feed(stream, Buffer.from('b'));
  });

  it('leaves no listener behind', async () => {
    const { stream, goOn } = sink();
    const fed = feed(stream, Buffer.from('a'));
    goOn();
    await fed;
    expect([stream.listenerCount('drain'), stream.listenerCount('close')]).toEqual([0, 0]);
  });
});
