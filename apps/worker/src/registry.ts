import type { JobName } from '@sagekeep/contracts';
import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from './dependencies.ts';
import { createBackupJob } from './jobs/backup.ts';
import { createCleanupJob } from './jobs/cleanup.ts';
import { createDeliverJob } from './jobs/deliver.ts';
import { createMonitorJob } from './jobs/monitor.ts';
import { createPlanJob } from './jobs/plan.ts';
import { createProveJob } from './jobs/prove.ts';
import { createRestoreJob } from './jobs/restore.ts';
import { createScrubJob } from './jobs/scrub.ts';
import { createUndoJob } from './jobs/undo.ts';
import { createVerifyJob } from './jobs/verify.ts';

/** One handler for every job of the catalogue, by hand; the compiler says when one is missing or of the wrong kind. */
export function createRegistry(dependencies: WorkerDependencies) {
  return {
    backup: createBackupJob(dependencies),
    plan: createPlanJob(dependencies),
    restore: createRestoreJob(dependencies),
    undo: createUndoJob(dependencies),
    verify: createVerifyJob(dependencies),
    prove: createProveJob(dependencies),
    scrub: createScrubJob(dependencies),
    cleanup: createCleanupJob(dependencies),
    monitor: createMonitorJob(dependencies),
    deliver: createDeliverJob(dependencies),
  } satisfies { [N in JobName]: JobHandler<N> };
}
