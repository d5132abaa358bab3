import { type RestoreRecord, SagekeepError, type UndoPayload } from '@sagekeep/contracts';

export function unknownRestore(payload: UndoPayload): SagekeepError {
  return new SagekeepError(
    'UNKNOWN_RESTORE',
    `There is no restore ${JSON.stringify(payload.restore)} of ${payload.database} on record.`,
    { advice: `See what was restored: "sagekeep status", or GET /v1/restores?database=${payload.database}.` },
  );
}

function restoreCommand(record: RestoreRecord, database: string): string {
  const elsewhere = record.database === database ? '' : ` --into ${JSON.stringify(record.into)}`;
  return `sagekeep restore ${record.database} ${record.safetyBackup}${elsewhere}`;
}

/** With the way that is left: the safety backup, where there is one. */
export function cannotUndo(record: RestoreRecord, why: string, database = record.database): SagekeepError {
  const advice =
    record.safetyBackup === null
      ? 'There is no safety backup of that restore either: look for the newest backup before it with "sagekeep list".'
      : `Restore the safety backup of that moment instead: ${restoreCommand(record, database)}`;
  return new SagekeepError('UNDO_IMPOSSIBLE', `The restore ${record.id} cannot be undone. ${why}`, {
    advice,
    facts: { restore: record.id, safetyBackup: record.safetyBackup },
  });
}

const reasons: Readonly<Record<RestoreRecord['state'], string>> = {
  building: 'It never went live.',
  failed: 'It never went live: the live database was not touched.',
  undone: 'It was undone already.',
  expired: 'What it kept is past its time and was dropped.',
  swapped: 'There was no database of that name before it.',
};

export function notUndoable(record: RestoreRecord): SagekeepError {
  if (record.state === 'expired') return cannotUndo(record, reasons.expired);
  return new SagekeepError(
    'UNDO_IMPOSSIBLE',
    `The restore ${record.id} cannot be undone. ${reasons[record.state]}`,
    {
      advice: `See what is live and what is kept: sagekeep status`,
      facts: { restore: record.id, state: record.state },
    },
  );
}

export function keptIsGone(record: RestoreRecord, database: string): SagekeepError {
  return cannotUndo(record, `The database it kept, ${JSON.stringify(record.before)}, is gone.`, database);
}

export function laterRestore(record: RestoreRecord, later: RestoreRecord | undefined): SagekeepError {
  const who =
    later === undefined ? 'another database, which no restore of ours made' : `the restore ${later.id}`;
  return new SagekeepError(
    'UNDO_IMPOSSIBLE',
    `The restore ${record.id} cannot be undone: since then ${who} has taken the name ${JSON.stringify(record.into)}.`,
    {
      advice:
        later === undefined
          ? `What it kept is still there as ${JSON.stringify(record.before)}: look at both and rename by hand.`
          : `Undo that one first: sagekeep undo ${record.database}`,
      facts: { restore: record.id, later: later?.id ?? null },
    },
  );
}
