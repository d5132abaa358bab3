import { SagekeepError } from '@sagekeep/contracts';

export function damagedArchive(why: string): SagekeepError {
  return new SagekeepError('FILE_DAMAGED', `The archive cannot be read: ${why}.`, {
    advice: 'It is not a custom archive of pg_dump 12 or newer, or it is damaged.',
  });
}

/** More than any sane table of contents: what claims more is no archive. */
const maxTextBytes = 1 << 30;

/**
 * Bytes of an archive's head as they arrive. A reader takes values one by one; when the bytes do not suffice `take…`
 * returns undefined, and the reader goes back to the last `commit` and waits for more.
 */
export interface ArchiveBytes {
  intBytes: number;
  offsetBytes: number;
  append(chunk: Uint8Array): void;
  commit(): void;
  rollback(): void;
  byte(): number | undefined;
  int(): number | undefined;
  /** Null for a text that is absent. */
  text(): Buffer | null | undefined;
  /** Steps over an entry's position in the archive. */
  skipOffset(): true | undefined;
  /** How many bytes have arrived and are not committed. */
  left(): number;
}

export function createArchiveBytes(): ArchiveBytes {
  let bytes = Buffer.alloc(256 * 1024);
  let end = 0;
  let position = 0;
  let committed = 0;

  function take(count: number): number | undefined {
    if (end - position < count) return undefined;
    position += count;
    return position - count;
  }

  const self: ArchiveBytes = {
    intBytes: 4,
    offsetBytes: 8,
    append(chunk) {
      const kept = end - committed;
      const target = kept + chunk.length > bytes.length ? Buffer.alloc((kept + chunk.length) * 2) : bytes;
      bytes.copy(target, 0, committed, end);
      target.set(chunk, kept);
      bytes = target;
      position -= committed;
      committed = 0;
      end = kept + chunk.length;
    },
    commit() {
      committed = position;
    },
    rollback() {
      position = committed;
    },
    byte() {
      const at = take(1);
      return at === undefined ? undefined : bytes[at];
    },
    int() {
      const at = take(1 + self.intBytes);
      if (at === undefined) return undefined;
      const value = bytes.readUIntLE(at + 1, self.intBytes);
      return bytes[at] === 0 ? value : -value;
    },
    text() {
      const length = self.int();
      if (length === undefined || length < 0) return length === undefined ? undefined : null;
      if (length > maxTextBytes) throw damagedArchive('a text in it has an impossible length');
      const at = take(length);
      return at === undefined ? undefined : Buffer.from(bytes.subarray(at, at + length));
    },
    skipOffset() {
      return take(1 + self.offsetBytes) === undefined ? undefined : true;
    },
    left: () => end - committed,
  };
  return self;
}
