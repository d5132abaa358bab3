import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';

/** zstd level 1 with a checksum over the content, so that a flipped bit cannot decode to other data. */
export function compressSql(): ZstdCompress {
  return createZstdCompress({
    chunkSize: 256 * 1024,
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}
