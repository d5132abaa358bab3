import type { BackupPayload, DatabaseConfig, JobContext } from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import type { Connection } from '../server/index.ts';
import type { Phases } from './phases.ts';
import type { Preflight } from './preflight.ts';

export interface WriteOptions {
  readonly config: DatabaseConfig;
  readonly connection: Connection;
  readonly payload: BackupPayload;
  readonly context: JobContext;
  readonly phases: Phases;
  readonly preflight: Preflight;
  readonly attempt: Attempt;
  readonly applicationName: string;
}
