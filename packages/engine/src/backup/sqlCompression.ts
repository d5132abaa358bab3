import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';

const pieceBytes = 256 * 1024;

/** zstd level 1 with a checksum over the content, so that a flipped bit cannot decode to other data. */
export function compressSql(): ZstdCompress {
  return createZstdCompress({
    chunkSize: pieceBytes,
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** The same bytes in larger pieces: every piece is a trip to another thread and back. */
export async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(parts);
}
