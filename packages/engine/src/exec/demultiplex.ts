import { Transform, type TransformCallback } from 'node:stream';

const headerBytes = 8;
const standardError = 2;

/**
 * Splits Docker's stream of an exec without a terminal: what comes out is standard output alone, standard error goes to
 * `onError`. Slow readers slow the container down; nothing piles up. A header that is none, or an end in the middle of
 * a frame, is an error: the bytes of a dump are never guessed.
 */
export function createDemultiplexer(onError: (chunk: Buffer) => void): Transform {
  let header = Buffer.alloc(0);
  let left = 0;
  let toError = false;

  function take(this: Transform, chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const missing = headerBytes - header.length;
        header = Buffer.concat([header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (header.length < headerBytes) return;
        if ((header[0] ?? 255) > standardError || header[1] || header[2] || header[3])
          throw new Error(`Docker sent a frame that is none: ${header.toString('hex')}`);
        toError = header[0] === standardError;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const piece = rest.subarray(0, left);
      if (toError) onError(piece);
      else this.push(piece);
      left -= piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        take.call(this, chunk);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    flush(done: TransformCallback) {
      const cut = left > 0 || header.length > 0;
      done(cut ? new Error('Docker ended the stream in the middle of a frame (premature close).') : null);
    },
  });
}
