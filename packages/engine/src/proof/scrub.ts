import type { Backup, FindingStatus, JobContext, ScrubJobResult, ScrubPayload } from '@sagekeep/contracts';
import { BackupId, isSagekeepError } from '@sagekeep/contracts';
import type { RestoreDependencies } from '../restore/dependencies.ts';

/** Slow enough to leave the disk to others: 100 GiB take about half an hour. */
const bytesPerSecond = 64 * 1024 * 1024;

type ScrubDependencies = Pick<RestoreDependencies, 'vault' | 'now'>;

function sizeOf(backup: Backup): number {
  return backup.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}

async function scrubOne(
  deps: ScrubDependencies,
  backup: Backup,
  options: { context: JobContext; onBytes: (bytes: number) => void },
): Promise<'whole' | 'damaged' | 'gone'> {
  const { id } = backup.manifest;
  try {
    await using _pin = await deps.vault.pins.pin(id, `scrub ${options.context.jobId}`);
    const damaged = await deps.vault.catalogue.scrub(backup, {
      signal: options.context.signal,
      onBytes: options.onBytes,
      bytesPerSecond,
    });
    const result = damaged.length === 0 ? 'whole' : 'damaged';
    await deps.vault.catalogue.mark(id, { kind: 'scrub', at: deps.now().toISOString(), result, damaged });
    if (result === 'damaged') options.context.log(`${id}: damaged: ${damaged.join(', ')}`);
    return result;
  } catch (error) {
    // Cleanup may have taken it since the list was made.
    if (isSagekeepError(error, 'UNKNOWN_BACKUP')) return 'gone';
    throw error;
  }
}

/** Longest unread first, so that a scrub that is cut short goes on where it stopped. */
function byLastScrub(a: Backup, b: Backup): number {
  return (a.marks.scrub?.at ?? '').localeCompare(b.marks.scrub?.at ?? '');
}

/**
 * Re-reads every file of every backup against its digest, at a limited rate, and marks what it found. A folder that
 * looks like a backup and is none counts as damaged.
 */
export async function scrub(
  deps: ScrubDependencies,
  payload: ScrubPayload,
  context: JobContext,
): Promise<ScrubJobResult> {
  const filter = payload.database === undefined ? {} : { database: payload.database };
  const listed = await deps.vault.catalogue.list(filter);
  const backups = listed.backups.toSorted(byLastScrub);
  const total = Math.max(
    1,
    backups.reduce((sum, backup) => sum + sizeOf(backup), 0),
  );
  let bytes = 0;
  let whole = 0;
  const damaged = listed.damaged.map((entry) => entry.id).filter((id) => BackupId.safeParse(id).success);
  for (const backup of backups) {
    context.signal.throwIfAborted();
    const onBytes = (read: number) => {
      bytes += read;
      const progress = Math.min(99, (100 * bytes) / total);
      context.progress({ progress, phase: 'scrub', bytes, detail: backup.manifest.id });
    };
    const result = await scrubOne(deps, backup, { context, onBytes });
    if (result === 'whole') whole += 1;
    if (result === 'damaged') damaged.push(backup.manifest.id);
    await context.border('scrub:backup');
  }
  context.progress({ progress: 100, phase: 'done', bytes });
  const status: FindingStatus = damaged.length + listed.damaged.length === 0 ? 'pass' : 'fail';
  return { status, whole, damaged, bytes };
}
