export * from './changeManifest.ts';
export * from './manifest.ts';
export * from './publish.ts';
export * from './temporary.ts';
