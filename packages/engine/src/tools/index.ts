export * from './environment.ts';
export { whereTheyRun } from './insideVersion.ts';
export { mayLoad, settingMore } from './loads.ts';
export * from './run.ts';
export { thisSystem } from './thisSystem.ts';
export * from './together.ts';
export { scrub } from './toolError.ts';
export * from './toolRun.ts';
export * from './versions.ts';
