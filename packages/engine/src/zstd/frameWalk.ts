const magic = 0xfd2fb528;
const skippable = 0x184d2a50;
const [rle, reserved] = [1, 3];

/** Bit of the frame header's descriptor (the byte behind the magic number) that announces a checksum of the content. */
export const checksumBit = 0x04;
/** Where that descriptor is. */
export const descriptorAt = 4;

/**
 * Follows one zstd frame (RFC 8878, 3.1) through bytes that come in pieces of any size, without decompressing any. Throws
 * for what is no frame.
 */
export interface FrameWalk {
  /** Reads from `start`. Returns the position behind the frame in this piece, or −1 when it goes on in the next. */
  scan(piece: Uint8Array, start: number): number;
  /** Whether the frame ends with a checksum of its content; false until its header has been read. */
  hasChecksum(): boolean;
}

/** How many bytes of the header follow the descriptor: window, dictionary, content size. */
function headerRest(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (single ? 0 : 1) + dictionary + contentSize;
}

export function createFrameWalk(): FrameWalk {
  const small = Buffer.alloc(8);
  let have = 0;
  let want = descriptorAt + 1;
  let skip = 0;
  let stage: 'head' | 'skippable' | 'blocks' | 'end' = 'head';
  let checksum = false;

  function readHead(): void {
    const number = small.readUInt32LE(0);
    if ((number & ~0xf) >>> 0 === skippable) {
      stage = 'skippable';
      want = 8;
      return;
    }
    if (number !== magic) throw new Error('This is no zstd frame.');
    const descriptor = small[descriptorAt] ?? 0;
    checksum = (descriptor & checksumBit) !== 0;
    skip = headerRest(descriptor);
    stage = 'blocks';
    have = 0;
    want = 3;
  }

  function readBlockHeader(): void {
    const header = small.readUIntLE(0, 3);
    const type = (header >> 1) & 3;
    if (type === reserved) throw new Error('A zstd frame has a block of an unknown kind.');
    skip = type === rle ? 1 : header >> 3;
    have = 0;
    if ((header & 1) === 0) return;
    skip += checksum ? 4 : 0;
    stage = 'end';
  }

  function readSkippable(): void {
    skip = small.readUInt32LE(4);
    stage = 'end';
  }

  function step(): void {
    if (stage === 'head') readHead();
    else if (stage === 'blocks') readBlockHeader();
    else readSkippable();
  }

  return {
    scan(piece, start) {
      let position = start;
      for (;;) {
        const passed = Math.min(skip, piece.length - position);
        skip -= passed;
        position += passed;
        if (skip > 0) return -1;
        if (stage === 'end') return position;
        if (position === piece.length) return -1;
        small[have] = piece[position] ?? 0;
        have += 1;
        position += 1;
        if (have === want) step();
      }
    },
    hasChecksum: () => checksum,
  };
}
