import type { Backup, FindingStatus, JobContext, ScrubJobResult, ScrubPayload } from '@sagekeep/contracts';
import { BackupId, defaultScrubWithinMs, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { isProven, lastRead } from '@sagekeep/storage';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { scrubShare, sizeOf } from './scrubShare.ts';

/** Slow enough to leave the disk to others: 100 GiB take about half an hour. */
const bytesPerSecond = 64 * 1024 * 1024;

type ScrubDependencies = Pick<RestoreDependencies, 'vault' | 'databases' | 'now'>;

/** What a run has learned so far. */
interface Found {
  whole: number;
  bytes: number;
  readonly damaged: string[];
  /** Backups that could not be read, with what the storage said. */
  readonly unreadable: { readonly id: string; readonly error: SagekeepError }[];
}

async function read(
  deps: ScrubDependencies,
  backup: Backup,
  options: { context: JobContext; onBytes: (bytes: number) => void },
): Promise<string[]> {
  const { id } = backup.manifest;
  await using _pin = await deps.vault.pins.pin(id, `scrub ${options.context.jobId}`);
  const damaged = await deps.vault.catalogue.scrub(backup, {
    signal: options.context.signal,
    onBytes: options.onBytes,
    bytesPerSecond,
  });
  const result = damaged.length === 0 ? 'whole' : 'damaged';
  await deps.vault.catalogue.mark(id, { kind: 'scrub', at: deps.now().toISOString(), result, damaged });
  return damaged;
}

/** One backup; what keeps it from being read keeps nothing else from it. */
async function scrubOne(
  deps: ScrubDependencies,
  backup: Backup,
  { context, found, total }: { context: JobContext; found: Found; total: number },
): Promise<void> {
  const { id } = backup.manifest;
  const onBytes = (bytes: number) => {
    found.bytes += bytes;
    const progress = Math.min(99, (100 * found.bytes) / total);
    context.progress({ progress, phase: 'scrub', bytes: found.bytes, detail: id });
  };
  try {
    const damaged = await read(deps, backup, { context, onBytes });
    if (damaged.length === 0) found.whole += 1;
    else found.damaged.push(id);
    if (damaged.length > 0) context.log(`${id}: damaged: ${damaged.join(', ')}`);
  } catch (error) {
    context.signal.throwIfAborted();
    // Cleanup may have taken it since the list was made.
    if (isSagekeepError(error, 'UNKNOWN_BACKUP')) return;
    if (!isSagekeepError(error)) throw error;
    found.unreadable.push({ id, error });
    context.log(`${id}: could not be read: ${error.message}`);
  }
}

/** What this run reads of every database, longest unread first. */
function due(deps: ScrubDependencies, backups: readonly Backup[]): Backup[] {
  const byDatabase = Map.groupBy(backups, ({ manifest }) => manifest.database);
  return [...byDatabase]
    .flatMap(([database, mine]) => {
      const config = deps.databases.find(({ name }) => name === database);
      const withinMs = config?.proof.scrubWithinMs ?? defaultScrubWithinMs;
      return scrubShare(mine, { now: deps.now(), withinMs });
    })
    .toSorted((a, b) => lastRead(a).getTime() - lastRead(b).getTime());
}

/** Marked damaged, be it by an attempt of this very run that failed later, and not proven since. */
function isKnownDamaged(backup: Backup): boolean {
  return backup.marks.scrub?.result === 'damaged' && !isProven(backup);
}

function unread({ unreadable, damaged }: Found): SagekeepError {
  const said = unreadable.map(({ id, error }) => `${id}: ${error.message}`).join(' ');
  const besides = damaged.length === 0 ? '' : ` Damaged besides: ${damaged.join(', ')}.`;
  const [first] = unreadable;
  return new SagekeepError(
    first?.error.code ?? 'STORAGE_FAILED',
    `Of all that was to be read again, ${unreadable.length} could not be. ${said}${besides}`,
    {
      retryable: unreadable.some(({ error }) => error.retryable),
      advice: 'Look into the disk of the storage; make a new backup of what cannot be read.',
      facts: { unreadable: unreadable.map(({ id }) => id), damaged },
      cause: first?.error,
    },
  );
}

/**
 * Re-reads files of backups against their digests, at a limited rate, and marks what it found: of every database as much
 * as it takes for such runs to read every archive within its `scrubWithin`. A folder that looks like a backup and is none
 * counts as damaged, and so does what an earlier run has marked and this one does not read again. Rejects, after it has read all others, when a backup could not be read.
 */
export async function scrub(
  deps: ScrubDependencies,
  payload: ScrubPayload,
  context: JobContext,
): Promise<ScrubJobResult> {
  const filter = payload.database === undefined ? {} : { database: payload.database };
  const listed = await deps.vault.catalogue.list(filter);
  const backups = due(deps, listed.backups);
  const size = backups.reduce((sum, backup) => sum + sizeOf(backup), 0);
  const folders = listed.damaged.map((entry) => entry.id).filter((id) => BackupId.safeParse(id).success);
  const known = listed.backups.filter((backup) => isKnownDamaged(backup) && !backups.includes(backup));
  const damagedBefore = [...folders, ...known.map(({ manifest }) => manifest.id)];
  const found: Found = { whole: 0, bytes: 0, damaged: damagedBefore, unreadable: [] };
  for (const backup of backups) {
    context.signal.throwIfAborted();
    await scrubOne(deps, backup, { context, found, total: Math.max(1, size) });
    await context.border('scrub:backup');
  }
  if (found.unreadable.length > 0) throw unread(found);
  context.progress({ progress: 100, phase: 'done', bytes: found.bytes });
  const { whole, damaged, bytes } = found;
  const status: FindingStatus = damaged.length + listed.damaged.length === 0 ? 'pass' : 'fail';
  return { status, whole, damaged, bytes, ...(context.late ? { late: context.late } : {}) };
}
