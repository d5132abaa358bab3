import { isSagekeepError, type JobView, jobCatalogue, type QueueName } from '@sagekeep/contracts';
import type { InFlight } from '@sagekeep/engine';
import type { Jobs } from '@sagekeep/runtime';
import { databaseOfId, type Vault } from '@sagekeep/storage';

/** In the order in which a job goes through them, so that one that moves meanwhile is met. */
const forward = ['delayed', 'prioritized', 'waiting', 'active'] as const;
/** Again for one that goes back: to be tried again, or handed back by a worker that ends. */
const states = [...forward, ...forward];
const readers: readonly QueueName[] = ['restore', 'verify'];

/** Which backups jobs that have not ended will read, and which restores they will undo. `known` is false when the queue could not be asked. */
export async function jobsInFlight(jobs: Jobs, vault: Vault): Promise<InFlight> {
  const backups = new Set<string>();
  const undoing = new Set<string>();
  try {
    for (const job of await unfinished(jobs)) await note(job, { backups, undoing, vault });
  } catch (error) {
    if (!isSagekeepError(error, 'QUEUE_UNAVAILABLE')) throw error;
    return { backups: [], known: false };
  }
  return {
    backups: [...backups],
    undoing: [...undoing],
    known: true,
    hasEnded: (jobId) => hasEnded(jobs, jobId),
  };
}

/** One that is not known, or not told of, may be another's or live. */
async function hasEnded(jobs: Jobs, jobId: string): Promise<boolean> {
  try {
    const { state } = await jobs.get(jobCatalogue.prove.queue, jobId);
    return state === 'completed' || state === 'failed';
  } catch (error) {
    if (isSagekeepError(error, 'UNKNOWN_JOB') || isSagekeepError(error, 'QUEUE_UNAVAILABLE')) return false;
    throw error;
  }
}

async function unfinished(jobs: Jobs): Promise<JobView[]> {
  const found: JobView[] = [];
  for (const queue of readers) {
    for (const state of states) {
      let cursor: string | undefined;
      do {
        const page = await jobs.list({
          queue,
          state,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        });
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
    }
  }
  return found;
}

interface Notes {
  readonly backups: Set<string>;
  readonly undoing: Set<string>;
  readonly vault: Vault;
}

async function note(job: JobView, { backups, undoing, vault }: Notes): Promise<void> {
  const undo = jobCatalogue.undo.payload.safeParse(job.payload);
  if (job.name === 'undo' && undo.success) {
    undoing.add(undo.data.restore);
    const record = await vault.records.get('restores', undo.data.restore);
    for (const id of [record?.safetyBackup, record?.backup]) if (id) backups.add(id);
    return;
  }
  const { backup, file } = namedIn(job.payload);
  // A dump inside a backup's folder counts with its backup.
  const [, id = ''] = file?.split('/') ?? [];
  if (databaseOfId(id) !== null) backups.add(id);
  // `latest` is the newest proven one or the newest of all, which retention always keeps.
  if (backup !== null && backup !== 'latest') backups.add(backup);
}

function namedIn(payload: unknown): Record<'backup' | 'file', string | null> {
  const fields: Readonly<Record<string, unknown>> = { ...(payload as object | null) };
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return { backup: text(fields['backup']), file: text(fields['file']) };
}
