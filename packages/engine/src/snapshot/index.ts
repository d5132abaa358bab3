export * from './tables.ts';
export * from './takeSnapshot.ts';
