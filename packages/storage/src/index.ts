export { isDuplicate } from './catalogue/duplicates.ts';
export { newestFirst } from './catalogue/order.ts';
export { isKnownBad, isProven, isSuspect } from './catalogue/proven.ts';
export { createVault } from './createVault.ts';
export { createFolderStorage, type FolderStorageOptions } from './folder/storage.ts';
export { databaseOfId } from './names.ts';
export * from './port.ts';
export { bytesBelow } from './trash.ts';
export * from './vault.ts';
