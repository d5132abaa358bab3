import { type RestoreRecord, SagekeepError, type UndoPayload } from '@sagekeep/contracts';
import { againCommand, undoCommand } from './commands.ts';

export function unknownRestore(payload: UndoPayload, all: readonly RestoreRecord[] = []): SagekeepError {
  const others = all.filter(
    (record) => record.database === payload.database && record.state === 'swapped' && record.before !== null,
  );
  return new SagekeepError(
    'UNKNOWN_RESTORE',
    `There is no restore ${JSON.stringify(payload.restore)} of ${payload.database} on record.`,
    {
      advice:
        others.length === 0
          ? `See what was restored: "sagekeep status", or GET /v1/restores?database=${payload.database}.`
          : `Name the one that you mean: ${others.map(({ id, into }) => `${id} (${into})`).join(', ')}.`,
    },
  );
}

function wayLeft(record: RestoreRecord): string {
  const { closingBackup, safetyBackup } = record;
  if (closingBackup !== null) {
    return `What it kept is in its closing backup: ${againCommand(record, closingBackup)}`;
  }
  return safetyBackup === null
    ? 'There is no safety backup of that restore either: look for the newest backup before it with "sagekeep list".'
    : `Restore the safety backup of that moment instead: ${againCommand(record, safetyBackup)}`;
}

/** With the way that is left: the closing backup, which has every write, or else the safety backup. */
export function cannotUndo(record: RestoreRecord, why: string): SagekeepError {
  return new SagekeepError('UNDO_IMPOSSIBLE', `The restore ${record.id} cannot be undone. ${why}`, {
    advice: wayLeft(record),
    facts: {
      restore: record.id,
      safetyBackup: record.safetyBackup,
      closingBackup: record.closingBackup,
    },
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
  const reason =
    record.fateUnknown === true ? 'Nobody can tell whether it went live.' : reasons[record.state];
  return new SagekeepError('UNDO_IMPOSSIBLE', `The restore ${record.id} cannot be undone. ${reason}`, {
    advice: `See what is live and what is kept: sagekeep status`,
    facts: { restore: record.id, state: record.state },
  });
}

export function keptIsGone(record: RestoreRecord): SagekeepError {
  return cannotUndo(record, `The database it kept, ${JSON.stringify(record.before)}, is gone.`);
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
          : `Undo that one first: ${undoCommand(later)}`,
      facts: { restore: record.id, later: later?.id ?? null },
    },
  );
}

/** Of a restore whose job runs again: whoever took it back did not ask for it a second time. */
export function undoneSince(record: RestoreRecord): SagekeepError {
  return new SagekeepError(
    'RESTORE_REFUSED',
    `This job has put the restore ${record.id} live before, and it was undone since: it is not restored again.`,
    {
      advice: `If you want it again: ${record.backup === null ? 'ask for a new restore' : againCommand(record, record.backup)}`,
      facts: { restore: record.id },
    },
  );
}
