import type { RestoreJobResult, RestoreRecord, UndoJobResult } from '@sagekeep/contracts';
import { duration, plainLine } from '@sagekeep/watch';
import { time } from './time.ts';

function downtimeOf({ downtimeMs, method, wayBack }: RestoreJobResult): string {
  if (method === 'in-place') {
    return downtimeMs === null ? 'not measured' : `${duration(downtimeMs)}, in which tables were locked`;
  }
  if (wayBack === null) return 'none: there was nothing live to replace';
  // A worker that died right after its swap took the figure with it.
  return downtimeMs === null ? 'not measured' : duration(downtimeMs);
}

/** What a restore did, and how to take it back. */
export function restoreDone(result: RestoreJobResult): string {
  const { restore, method, safetyBackup, proof, wayBack } = result;
  const back = method === 'in-place' ? 'way back' : 'undo    ';
  return [
    `Restored; ${plainLine(proof)}.`,
    `  downtime  ${downtimeOf(result)}`,
    `  before    ${safetyBackup === null ? 'no safety backup was taken' : `safety backup ${safetyBackup}`}`,
    `  restore   ${plainLine(restore)}`,
    ...(wayBack === null ? [] : [`  ${back}  ${plainLine(wayBack)}`]),
  ].join('\n');
}

export function undoDone({ restore, downtimeMs }: UndoJobResult): string {
  const downtime =
    downtimeMs === null ? 'its downtime was not measured' : `with ${duration(downtimeMs)} of downtime`;
  return `Undone: restore ${restore} was swapped back out, ${downtime}.`;
}

/** One restore in a line. */
export function restoreLine(record: RestoreRecord, timeZone: string): string {
  const until = record.undoUntil === null ? '' : `, undo until ${time(record.undoUntil, timeZone)}`;
  return plainLine(
    `${record.id}: ${record.source} into ${record.into}, ${time(record.startedAt, timeZone)}${until}`,
  );
}
