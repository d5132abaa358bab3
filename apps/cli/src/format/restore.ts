import type { RestoreJobResult, RestoreRecord, UndoJobResult } from '@sagekeep/contracts';
import { duration, plainLine } from '@sagekeep/watch';
import { time } from './time.ts';

/** What a restore did, and how to take it back. */
export function restoreDone(result: RestoreJobResult, database: string): string {
  const { restore, downtimeMs, safetyBackup, proof } = result;
  return [
    `Restored; ${plainLine(proof)}.`,
    `  downtime  ${downtimeMs === null ? 'none: nothing live was swapped' : duration(downtimeMs)}`,
    `  before    ${safetyBackup === null ? 'no safety backup was taken' : `safety backup ${safetyBackup}`}`,
    downtimeMs === null
      ? `  restore   ${restore}`
      : `  undo      sagekeep undo ${database}   (restore ${restore})`,
  ].join('\n');
}

export function undoDone({ restore, downtimeMs }: UndoJobResult): string {
  return `Undone: restore ${restore} was swapped back out, with ${duration(downtimeMs)} of downtime.`;
}

/** One restore in a line. */
export function restoreLine(record: RestoreRecord, timeZone: string): string {
  const until = record.undoUntil === null ? '' : `, undo until ${time(record.undoUntil, timeZone)}`;
  return plainLine(
    `${record.id}: ${record.source} into ${record.into}, ${time(record.startedAt, timeZone)}${until}`,
  );
}
