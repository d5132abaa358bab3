import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { JobView } from '@sagekeep/contracts';
import type { JobEvent } from '@sagekeep/runtime';
import { describe, expect, it } from 'vitest';
import { writeEvents } from './eventStream.ts';

const job = { id: '1', state: 'active' } as JobView;

async function* story(): AsyncGenerator<JobEvent> {
  yield { type: 'state', job };
  yield { type: 'log', line: 'one\ntwo' };
  yield { type: 'log', line: 'three' };
  yield { type: 'completed', job };
}

async function written(
  events: AsyncIterable<JobEvent>,
  linesSeen = 0,
  signal = new AbortController().signal,
) {
  const out = new PassThrough();
  const all = text(out);
  await writeEvents(events, out, { linesSeen, heartbeatMs: 60_000, signal });
  out.end();
  return all;
}

describe('writeEvents', () => {
  it('writes one event per block, with ids that count log lines', async () => {
    const blocks = (await written(story())).trimEnd().split('\n\n');
    expect(blocks).toEqual([
      'retry: 2000',
      'event: state\nid: 0\ndata: {"id":"1","state":"active"}',
      'event: log\nid: 1\ndata: {"line":"one\\ntwo"}',
      'event: log\nid: 2\ndata: {"line":"three"}',
      'event: completed\nid: 2\ndata: {"id":"1","state":"active"}',
    ]);
  });

  it('spares a client the lines that it has, and never counts its id back', async () => {
    const blocks = (await written(story(), 1)).trimEnd().split('\n\n');
    expect(blocks.map((block) => block.split('\n').slice(0, 2).join(' '))).toEqual([
      'retry: 2000',
      'event: state id: 1',
      'event: log id: 2',
      'event: completed id: 2',
    ]);
  });

  it('waits for a slow client and ends when it goes', async () => {
    const gone = new AbortController();
    let told = 0;
    async function* endless(): AsyncGenerator<JobEvent> {
      for (;;) {
        told += 1;
        yield { type: 'log', line: 'x'.repeat(1000) };
      }
    }
    const unread = new PassThrough();
    const writing = writeEvents(endless(), unread, {
      linesSeen: 0,
      heartbeatMs: 60_000,
      signal: gone.signal,
    });
    await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    await writing;
    expect(told).toBeLessThan(1000);
  });

  it('passes on what breaks', async () => {
    async function* broken(): AsyncGenerator<JobEvent> {
      yield { type: 'state', job };
      throw new Error('gone');
    }
    await expect(written(broken())).rejects.toThrow('gone');
  });
});
