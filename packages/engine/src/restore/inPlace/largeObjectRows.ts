import { createHash, type Hash } from 'node:crypto';
import type { InventoryLargeObjects } from '@sagekeep/contracts';
import { createRowDigest } from '../../inventory/rowDigest.ts';

const pieceBytes = 256 * 1024;

/**
 * All large objects in pieces, one object after the other; an empty one has one empty piece. No object is ever in memory
 * as a whole: it may be larger than a value can be.
 */
export const largeObjectPieces =
  `select l.oid, p.piece from (select oid from pg_catalog.pg_largeobject_metadata order by oid) l
  cross join lateral (
    with recursive pieces(start, piece) as (
      select 0::bigint, pg_catalog.lo_get(l.oid, 0, ${pieceBytes})
      union all
      select start + ${pieceBytes}, pg_catalog.lo_get(l.oid, start + ${pieceBytes}, ${pieceBytes}) from pieces
       where pg_catalog.length(piece) = ${pieceBytes})
    select start, piece from pieces) p`.replaceAll('\n', ' ');

export interface LargeObjectRows {
  /** One line of `COPY (largeObjectPieces) TO STDOUT` with hexadecimal bytea. */
  line(text: string): void;
  counts(): InventoryLargeObjects;
}

/** The same digest as the inventory's, which is made of the archive's SQL. */
export function createLargeObjectRows(): LargeObjectRows {
  const digest = createRowDigest();
  let count = 0;
  let bytes = 0;
  let open: { oid: string; hash: Hash } | null = null;

  function close(): void {
    if (open === null) return;
    digest.addSha256(open.hash.digest());
    open = null;
  }

  return {
    line(text) {
      const [, oid = '', piece = ''] = /^(\d+)\t\\\\x([0-9a-f]*)$/.exec(text) ?? [];
      if (open?.oid !== oid) {
        close();
        open = { oid, hash: createHash('sha256').update(`${oid}:`) };
        count += 1;
      }
      const content = Buffer.from(piece, 'hex');
      open.hash.update(content);
      bytes += content.length;
    },
    counts() {
      close();
      return { count, bytes, digest: digest.hex() };
    },
  };
}
