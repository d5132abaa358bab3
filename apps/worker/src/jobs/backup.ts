import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';
import { enqueuePatiently } from './enqueue.ts';

/** Makes a backup, and has it proven when its database is configured so. */
export function createBackupJob(dependencies: WorkerDependencies): JobHandler<'backup'> {
  const { engine, jobs, databases, watch } = dependencies;
  return async (payload, context) => {
    const { manifest } = await engine.backup(payload, context);
    for (const reason of await watch.examineBackup(manifest.id)) context.log(`Suspect: ${reason}`);
    const database = (await databases()).find(({ name }) => name === payload.database);
    if (database?.proof.when !== 'every-backup') return { backup: manifest.id, proof: null };
    const proof = await enqueuePatiently(
      { jobs, context, name: 'prove' },
      { backup: manifest.id, database: payload.database, drill: false, by: context.actor },
      // A second attempt of this job must not have it proven twice.
      { idempotencyKey: `after:${context.jobId}` },
    );
    context.log(`Its proof is enqueued as job ${proof}.`);
    return { backup: manifest.id, proof };
  };
}
