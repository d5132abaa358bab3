import type { TableCounts } from '@sagekeep/contracts';
import { type BackupId, type JobContext, type RestorePayload, SagekeepError } from '@sagekeep/contracts';
import { asPart } from './context.ts';
import type { RestoreDependencies } from './dependencies.ts';
import type { PresentDatabase } from './properties.ts';
import type { Target } from './target.ts';

export interface Safety {
  readonly backup: BackupId | null;
  /** Rows per table at its snapshot. */
  readonly rows: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}

export const noSafety = (note: string): Safety => ({ backup: null, rows: new Map(), notes: [note] });

/** Throws `RESTORE_REFUSED` when there is something to save and nobody to save it. Called before anything is made. */
export function refuseUnsaved(
  target: Target,
  live: PresentDatabase | null,
  payload: Pick<RestorePayload, 'withoutSafety'>,
): void {
  if (live === null || payload.withoutSafety || target.configured !== null) return;
  const name = JSON.stringify(target.connection.dbname);
  throw new SagekeepError(
    'RESTORE_REFUSED',
    `The database ${name} exists and is not in the configuration, so its present state cannot be backed up first.`,
    { advice: `Choose another name, add ${name} to the configuration, or repeat it as --without-safety.` },
  );
}

function unsaved(name: string, cause: unknown): SagekeepError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SagekeepError(
    cause instanceof SagekeepError ? cause.code : 'RESTORE_REFUSED',
    `The safety backup of ${name} failed, so nothing was restored: ${why}`,
    {
      retryable: cause instanceof SagekeepError && cause.retryable,
      advice: `If the database is too damaged to be dumped, restore with --without-safety ${name}: it is kept aside all the same.`,
      cause,
    },
  );
}

/** Backs up the present state of the target, as the engine's own backup with reason `safety`. */
export async function takeSafety(
  deps: RestoreDependencies,
  target: Target,
  options: {
    live: PresentDatabase | null;
    payload: RestorePayload;
    /** Of this run alone: a job that is retried after a day starts with the same id and the same attempt. */
    shortId: string;
    context: JobContext;
    signal: AbortSignal;
  },
): Promise<Safety> {
  const { live, payload, shortId, context, signal } = options;
  if (live === null) return noSafety('There was no database of this name: nothing to save.');
  const database = target.configured;
  if (payload.withoutSafety || database === null) {
    return noSafety(`No safety backup was taken, as ${payload.by} asked for.`);
  }
  try {
    const { manifest } = await deps.backup(
      { database: database.name, reason: 'safety', by: payload.by },
      asPart(context, { part: 'safety', run: shortId }, signal),
    );
    const rows = new Map(manifest.inventory.tables.map((table) => [table.name, table.rows]));
    return { backup: manifest.id, rows, notes: [] };
  } catch (error) {
    signal.throwIfAborted();
    throw unsaved(database.name, error);
  }
}

/** Before and after, table by table. */
export function tableCounts(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): TableCounts[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }));
}
