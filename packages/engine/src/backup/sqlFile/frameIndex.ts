import type { DataStart } from '../../inventory/index.ts';
import { createFrameWalk, type FrameWalk } from '../../zstd/index.ts';

const [tableData, largeObjects] = [1, 3];

/** Finds the tables whose rows lie in an archive as one zstd frame, while the archive passes by. */
export interface FrameIndex {
  /** The archive's bytes from its first one on; `start` is null as long as they are its table of contents. */
  write(chunk: Buffer, start: DataStart | null): void;
  /** Where in the archive the data of that entry begin, bytes; undefined when they are none that may be copied. */
  find(dumpId: number): number | undefined;
}

type Field = 'kind' | 'dump id' | 'length' | 'large object';

interface Block {
  readonly dumpId: number;
  readonly offset: number;
  readonly walk: FrameWalk;
  bytes: number;
  /** False once they cannot be exactly one frame. */
  single: boolean;
  ended: boolean;
}

function follow(block: Block, piece: Buffer): void {
  block.bytes += piece.length;
  if (!block.single) return;
  if (block.ended) {
    block.single = false;
    return;
  }
  try {
    const end = block.walk.scan(piece, 0);
    block.ended = end >= 0;
    if (block.ended) block.single = end === piece.length;
  } catch {
    block.single = false;
  }
}

/**
 * Tables of less than `worthBytes` are compressed anew: a frame of their own would cost more than it saves.
 *
 * Blocks are as pg_backup_custom.c writes them: kind, dump id, then pieces with their length until one of length 0.
 */
export function createFrameIndex(worthBytes = 1 << 20): FrameIndex {
  const found = new Map<number, number>();
  let small = Buffer.alloc(8);
  let have = 0;
  let field: Field = 'kind';
  let skip = 0;
  let seen = 0;
  let inLargeObjects = false;
  let lost = false;
  let blockAt = 0;
  let block: Block | null = null;

  function readKind(position: number): void {
    inLargeObjects = small[0] === largeObjects;
    // What is not known is not copied, and nothing behind it is.
    lost = !inLargeObjects && small[0] !== tableData;
    blockAt = position - 1;
    field = 'dump id';
  }

  function endPieces(): void {
    if (inLargeObjects) {
      field = 'large object';
      return;
    }
    if (block?.single && block.ended && !block.walk.hasChecksum() && block.bytes >= worthBytes)
      found.set(block.dumpId, block.offset);
    block = null;
    field = 'kind';
  }

  function readNumber(value: number): void {
    if (field === 'length') {
      if (value === 0) endPieces();
      else skip = value;
    } else if (field === 'large object') {
      field = value === 0 ? 'kind' : 'length';
    } else {
      if (!inLargeObjects)
        block = {
          dumpId: value,
          offset: blockAt,
          walk: createFrameWalk(),
          bytes: 0,
          single: true,
          ended: false,
        };
      field = inLargeObjects ? 'large object' : 'length';
    }
  }

  function read(chunk: Buffer, from: number, { intBytes }: DataStart): void {
    let at = from;
    while (at < chunk.length && !lost) {
      const passed = Math.min(skip, chunk.length - at);
      if (passed > 0) {
        if (block !== null) follow(block, chunk.subarray(at, at + passed));
        skip -= passed;
        at += passed;
        continue;
      }
      small[have] = chunk[at] ?? 0;
      have += 1;
      at += 1;
      if (have < (field === 'kind' ? 1 : 1 + intBytes)) continue;
      have = 0;
      if (field === 'kind') readKind(seen + at);
      else readNumber(small.readUIntLE(1, intBytes));
    }
  }

  return {
    write(chunk, start) {
      if (start !== null && seen + chunk.length > start.offset) {
        if (small.length < 1 + start.intBytes) small = Buffer.alloc(1 + start.intBytes);
        read(chunk, Math.max(0, start.offset - seen), start);
      }
      seen += chunk.length;
    },
    find: (dumpId) => found.get(dumpId),
  };
}
