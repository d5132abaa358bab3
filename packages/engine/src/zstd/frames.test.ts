import { Readable } from 'node:stream';
import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressFrame, createContentChecksum, createFrameWalk, decompressFrames } from './index.ts';

const text = Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i}\t${(i * 7919) % 1013}\n`).join(''));
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

const streamed = await collect(compressFrame(Readable.from([text])));
const decode = (bytes: Buffer, size = 1000) =>
  collect(decompressFrames(Readable.from(inPieces(bytes, size))));

describe('following a frame', () => {
  it.each([
    ['compressed blocks', zstdCompressSync(text)],
    ['a checksum', zstdCompressSync(text, checked)],
    [
      'bytes that do not compress',
      zstdCompressSync(Buffer.from(Array.from(text, (_, i) => (i * i * 31) & 255))),
    ],
    ['one byte again and again', zstdCompressSync(Buffer.alloc(300_000, 7))],
    ['nothing in it', zstdCompressSync(Buffer.alloc(0))],
    ['an unknown size', streamed],
    ['what is to be skipped', skippable],
  ])('with %s finds its end, in pieces of any size', (_what, frame) => {
    const bytes = Buffer.concat([frame, Buffer.from('behind')]);
    for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
      const walk = createFrameWalk();
      let at = 0;
      for (const piece of inPieces(bytes, size)) {
        const end = walk.scan(piece, 0);
        if (end >= 0) {
          at += end;
          break;
        }
        at += piece.length;
      }
      expect(at).toBe(frame.length);
    }
  });

  it('tells whether it carries a checksum', () => {
    const walked = (frame: Buffer) => {
      const walk = createFrameWalk();
      walk.scan(frame, 0);
      return walk.hasChecksum();
    };
    expect([walked(zstdCompressSync(text)), walked(zstdCompressSync(text, checked))]).toEqual([false, true]);
  });

  it('refuses what is no frame', () => {
    expect(() => createFrameWalk().scan(Buffer.from('PGDMP and more'), 0)).toThrow(/no zstd frame/);
  });
});

describe('decompressing', () => {
  it('reads every frame to its end, whatever lies between them', async () => {
    const frames = [
      zstdCompressSync(text),
      skippable,
      zstdCompressSync(Buffer.alloc(0)),
      zstdCompressSync(text),
    ];
    for (const size of [1, 999, 1 << 20])
      expect((await decode(Buffer.concat(frames), size)).equals(Buffer.concat([text, text]))).toBe(true);
  });

  it('refuses a file that is cut off, also within a later frame, or that ends with something else', async () => {
    const [frame, both] = [
      zstdCompressSync(text),
      Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)]),
    ];
    for (const cut of [1, 5, frame.length - 1, frame.length + 1, frame.length + 9, both.length - 1])
      await expect(decode(both.subarray(0, cut)), `cut at ${cut}`).rejects.toThrow();
    await expect(decode(Buffer.concat([frame, Buffer.from('garbage')]))).rejects.toThrow();
  });

  it('holds a content against its checksum', async () => {
    const frame = zstdCompressSync(text, checked);
    const flipped = Buffer.from(frame);
    flipped[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
    await expect(decode(flipped)).rejects.toThrow();
  });

  it('can be given up', async () => {
    const many = Buffer.concat(Array.from({ length: 50 }, () => zstdCompressSync(text)));
    let ended = false;
    async function* source() {
      try {
        yield* inPieces(many, 100);
      } finally {
        ended = true;
      }
    }
    for await (const _ of decompressFrames(source())) break;
    expect(ended).toBe(true);
  });
});

it('what is compressed comes back, with a checksum that is the one of its content', async () => {
  const frame = await collect(compressFrame(Readable.from(inPieces(text, 100))));
  const sum = createContentChecksum();
  for (const piece of inPieces(text, 333)) sum.update(piece);
  expect(frame.readUInt32LE(frame.length - 4)).toBe(sum.value());
  expect((await decode(frame)).equals(text)).toBe(true);
});
