export { type ContentChecksum, createContentChecksum } from './checksum.ts';
export { compressFrame } from './compress.ts';
export { decompressed, decompressFrames } from './decompress.ts';
export { checksumBit, createFrameWalk, descriptorAt, type FrameWalk } from './frameWalk.ts';
export { through } from './through.ts';
