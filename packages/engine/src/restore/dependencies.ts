import type { BackupPayload, DatabaseConfig, JobContext, Manifest } from '@sagekeep/contracts';
import type { EngineDependencies } from '../engine.ts';
import type { Tools } from '../tools/index.ts';

/** What restore, undo, plan, sweep and proof are wired with. */
export interface RestoreDependencies
  extends Pick<
    EngineDependencies,
    | 'vault'
    | 'databases'
    | 'servers'
    | 'log'
    | 'killGraceMs'
    | 'restorePatienceMs'
    | 'dockerHost'
    | 'toolVersion'
    | 'now'
  > {
  readonly tools: Tools;
  /** The engine's own backup: safety and closing backups are no lesser ones. */
  readonly backup: (
    payload: BackupPayload,
    context: JobContext,
    /** Taken in the place of the configured one: the same database under another name. */
    database?: DatabaseConfig,
  ) => Promise<{ manifest: Manifest }>;
}
