import xxhash, { type XXHash } from 'xxhash-wasm';

const { create64 } = await xxhash();

/** The checksum of a zstd frame's content: the lower 32 bits of XXH64 (RFC 8878, 3.1.1). */
export interface ContentChecksum {
  update(bytes: Buffer): void;
  value(): number;
}

export function createContentChecksum(): ContentChecksum {
  const hash: XXHash<bigint> = create64();
  return {
    update: (bytes) => void hash.update(bytes),
    value: () => Number(hash.digest() & 0xffff_ffffn),
  };
}
