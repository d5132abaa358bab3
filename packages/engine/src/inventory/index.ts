export * from './compare.ts';
export { type CopyScanner, createCopyScanner, type DataBorders } from './copyScanner.ts';
export { isAboutDatabase } from './entries.ts';
export { readableName } from './names.ts';
export { type InventorySource, inventoryOfDatabase } from './ofDatabase.ts';
export { createInventoryReader, type InventoryReader } from './reader.ts';
export { createTocReader, type DataStart, readToc, type TocReader } from './readToc.ts';
export { addDigests } from './rowDigest.ts';
export type { Toc, TocEntry } from './toc.ts';
