export { cleanup } from './cleanup.ts';
export type { CleanupDependencies, ContainerSweep, DatabaseSweep, SweepDatabases } from './dependencies.ts';
