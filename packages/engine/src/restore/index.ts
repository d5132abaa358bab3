export type { RestoreDependencies } from './dependencies.ts';
export { type Restored, restore } from './restore.ts';
export { sweepDatabases } from './sweep/sweepDatabases.ts';
export { type Undone, undo } from './undo.ts';
