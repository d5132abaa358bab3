import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { createDemultiplexer } from './demultiplex.ts';

function frame(type: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function split(bytes: Buffer, size: number): Promise<{ out: string; error: string }> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  let error = '';
  const demultiplexer = createDemultiplexer((chunk) => {
    error += chunk.toString();
  });
  const out = Readable.from(pieces, { objectMode: false }).pipe(demultiplexer);
  return { out: (await buffer(out)).toString(), error };
}

it.each([1, 2, 7, 8, 9, 1000])('splits output from errors in pieces of %i bytes', async (size) => {
  const bytes = Buffer.concat([
    frame(1, 'PGDMP'),
    frame(2, 'a warning'),
    frame(1, ''),
    frame(1, '\0\x01rest'),
  ]);
  expect(await split(bytes, size)).toEqual({ out: 'PGDMP\0\x01rest', error: 'a warning' });
});

it('does not take a stream for complete that ends inside a frame or a header', async () => {
  const whole = frame(1, 'twelve bytes');
  await expect(split(whole.subarray(0, -1), 5)).rejects.toThrow('in the middle of a frame');
  await expect(split(whole.subarray(0, 4), 5)).rejects.toThrow('in the middle of a frame');
});

it('does not pass on bytes that are no frame', async () => {
  await expect(split(Buffer.from('OCI runtime exec failed'), 100)).rejects.toThrow('a frame that is none');
});

it('lets a slow reader hold back the source', async () => {
  const piece = frame(1, 'x'.repeat(64 * 1024));
  let read = 0;
  let written = 0;
  let most = 0;
  const source = Readable.from(
    (function* () {
      for (; read < 200; read += 1) yield piece;
    })(),
    { objectMode: false },
  );
  const sink = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      written += 1;
      most = Math.max(most, read - written);
      setImmediate(done);
    },
  });
  await pipeline(
    source,
    createDemultiplexer(() => undefined),
    sink,
  );
  expect(written).toBe(200);
  expect(most).toBeLessThan(10);
});
