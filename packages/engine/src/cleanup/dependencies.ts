import type { CleanupAction, JobContext } from '@sagekeep/contracts';
import type { EngineDependencies, InFlight } from '../engine.ts';

export interface DatabaseSweep {
  readonly context: JobContext;
  /** Only what belongs to this configured database. */
  readonly database?: string | undefined;
  /** The name of a kept PostgreSQL database that shall go now; nothing else is swept then. */
  readonly kept?: string | undefined;
  /** Restores that jobs will undo: what they kept stays, also past its time. */
  readonly undoing: readonly string[];
  readonly dryRun: boolean;
}

export interface SweptDatabases {
  readonly actions: readonly CleanupAction[];
  readonly freedBytes: number;
  /** Why the kept database that was named is still there; null when none was, or it is gone. */
  readonly failure: Error | null;
}

/** Drops aside and kept PostgreSQL databases past their time. One that cannot be dropped is an action `keep`. */
export type SweepDatabases = (sweep: DatabaseSweep) => Promise<SweptDatabases>;

export interface ContainerSweep extends Pick<InFlight, 'hasEnded'> {
  readonly context: JobContext;
  /** Only those made like the container of this configured database. */
  readonly database?: string | undefined;
  readonly dryRun: boolean;
}

/** Removes throw-away containers of dead proofs. One that cannot be removed is an action `keep`. */
export type SweepContainers = (sweep: ContainerSweep) => Promise<readonly CleanupAction[]>;

export interface CleanupDependencies extends EngineDependencies {
  /** Left out where no server is to be touched. */
  readonly sweepDatabases?: SweepDatabases;
  /** Left out where no Docker is to be touched. */
  readonly sweepContainers?: SweepContainers;
}
