export * from './changeManifest.ts';
export * from './manifest.ts';
export * from './memoryStorage.ts';
export * from './publish.ts';
export * from './temporary.ts';
