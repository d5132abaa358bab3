import type { CleanupAction, JobContext } from '@sagekeep/contracts';
import type { EngineDependencies } from '../engine.ts';

export interface DatabaseSweep {
  readonly context: JobContext;
  /** Only what belongs to this configured database. */
  readonly database?: string | undefined;
  /** The name of a kept PostgreSQL database that shall go now. */
  readonly kept?: string | undefined;
  readonly dryRun: boolean;
}

/** Drops aside and kept PostgreSQL databases past their time. One that cannot be dropped is an action `keep`. */
export type SweepDatabases = (
  sweep: DatabaseSweep,
) => Promise<{ actions: CleanupAction[]; freedBytes: number }>;

export interface CleanupDependencies extends EngineDependencies {
  /** Left out where no server is to be touched. */
  readonly sweepDatabases?: SweepDatabases;
}
