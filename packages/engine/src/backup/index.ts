export { type BackupOutcome, backup } from './backup.ts';
export type { BackupDependencies } from './dependencies.ts';
