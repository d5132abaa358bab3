import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { SagekeepError } from '@sagekeep/contracts';

/**
 * Passes a file through and compares it with its digest. The last chunk is held back until all was compared: a
 * receiver of damaged bytes sees its download break off, never a whole one.
 */
export function checkedStream(name: string, sha256: string): Transform {
  const hash = createHash('sha256');
  let held: Buffer | null = null;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      hash.update(chunk);
      const ready = held;
      held = chunk;
      done(null, ready ?? undefined);
    },
    flush(done: TransformCallback) {
      if (hash.digest('hex') === sha256) return done(null, held ?? undefined);
      return done(new SagekeepError('FILE_DAMAGED', `${name} does not match its digest`));
    },
  });
}
