export { cleanup } from './cleanup.ts';
export type { CleanupDependencies, DatabaseSweep, SweepDatabases } from './dependencies.ts';
