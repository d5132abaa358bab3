/** Looks for a byte string in chunks of any size; it may lie across their borders. */
export interface MarkerSearch {
  /** Looks from `start`. Returns the position behind the marker in this chunk, or −1. */
  find(chunk: Buffer, start: number): number;
}

/** Passes over the first `decoys` occurrences. */
export function createMarkerSearch(marker: Buffer, decoys: number): MarkerSearch {
  let carry: Buffer = Buffer.alloc(0);
  let left = decoys;

  return {
    find(chunk, start) {
      const fresh = chunk.subarray(start);
      const text = carry.length === 0 ? fresh : Buffer.concat([carry, fresh]);
      for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) {
        if (left === 0) return start + at + marker.length - carry.length;
        left -= 1;
      }
      // One byte less than the marker: what was counted cannot be found again.
      carry = Buffer.from(text.subarray(Math.max(0, text.length - marker.length + 1)));
      return -1;
    },
  };
}
