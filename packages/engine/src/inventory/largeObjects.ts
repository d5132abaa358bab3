import { createHash, type Hash } from 'node:crypto';
import type { InventoryLargeObjects } from '@sagekeep/contracts';
import { damagedArchive } from './archiveBytes.ts';
import { createRowDigest } from './rowDigest.ts';

/** Reads the large objects of a derived SQL file, line by line. */
export interface LargeObjectScanner {
  /** Reads from `start`. Returns the position behind the block's `COMMIT;` line, or −1 when it goes on. */
  scan(chunk: Buffer, start: number): number;
  counts(): InventoryLargeObjects;
}

const newline = 0x0a;
/** pg_dump writes large objects in pieces of 16 KiB, twice as long in hexadecimal. */
const longestLine = 1 << 20;

export function createLargeObjectScanner(): LargeObjectScanner {
  const digest = createRowDigest();
  let count = 0;
  let bytes = 0;
  let open: Hash | null = null;
  let parts: Buffer[] = [];
  let partBytes = 0;

  /** True at the end of the block. */
  function line(text: string): boolean {
    const write = /^SELECT pg_catalog\.lowrite\(0, '\\{1,2}x([0-9a-f]*)'\);$/.exec(text);
    if (write !== null && open !== null) {
      const content = Buffer.from(write[1] ?? '', 'hex');
      open.update(content);
      bytes += content.length;
      return false;
    }
    const begin = /^SELECT pg_catalog\.lo_open\(\D*'(\d+)'\)?, \d+\);$/.exec(text);
    if (begin !== null && open === null) {
      open = createHash('sha256').update(`${begin[1]}:`);
      return false;
    }
    if (text === 'SELECT pg_catalog.lo_close(0);' && open !== null) {
      digest.addSha256(open.digest());
      open = null;
      count += 1;
      return false;
    }
    if (text === 'COMMIT;' && open === null) return true;
    if (text === '' || text === 'BEGIN;') return false;
    throw damagedArchive('its large objects are written in a way that is not known here');
  }

  return {
    scan(chunk, start) {
      let position = start;
      for (;;) {
        const end = chunk.indexOf(newline, position);
        if (end < 0) break;
        const rest = chunk.subarray(position, end);
        const text = (parts.length === 0 ? rest : Buffer.concat([...parts, rest])).toString('latin1');
        parts = [];
        partBytes = 0;
        position = end + 1;
        if (line(text)) return position;
      }
      parts.push(chunk.subarray(position));
      partBytes += chunk.length - position;
      if (partBytes > longestLine) throw damagedArchive('a large object in it has an endless line');
      return -1;
    },
    counts: () => ({ count, bytes, digest: digest.hex() }),
  };
}
