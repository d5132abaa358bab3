import type { DatabaseConfig, Log } from '@sagekeep/contracts';
import type { Engine } from '@sagekeep/engine';
import type { Jobs } from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';
import type { Watch } from '@sagekeep/watch';
import type { FollowedContainers } from './containers/followContainers.ts';

/** What the jobs of this worker are wired with. */
export interface WorkerDependencies {
  /** Every database that is known at that moment. */
  readonly databases: () => Promise<readonly DatabaseConfig[]>;
  readonly engine: Engine;
  readonly jobs: Jobs;
  readonly vault: Vault;
  readonly watch: Watch;
  /** Null where Docker is not configured. */
  readonly containers: FollowedContainers | null;
  readonly log: Log;
  readonly now: () => Date;
}
