import type { TransformOptions } from 'node:stream';
import { constants, createZstdCompress, type ZstdOptions } from 'node:zlib';
import { through } from './through.ts';

const pieceBytes = 256 * 1024;

/** The same bytes in larger pieces: every piece is a trip to another thread and back. */
async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
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

const options: ZstdOptions & TransformOptions = {
  chunkSize: pieceBytes,
  // While one piece is compressed, the next ones are read and looked at.
  highWaterMark: 4 * pieceBytes,
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};

/** One frame of zstd level 1 with a checksum over the content, so that a flipped bit cannot decode to other data. */
export function compressFrame(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return through(inPieces(source), createZstdCompress(options));
}
