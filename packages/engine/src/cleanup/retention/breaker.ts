import type { Backup, RetentionPolicy } from '@sagekeep/contracts';
import { isGoodRegular, newestFirst } from '@sagekeep/storage';
import type { Decision } from './retention.ts';

/** The newest backup is held against the median of so many before it. */
const history = 5;
/** Below this share of the usual size something is wrong; smaller losses than these are left to the anomaly check. */
const suddenShare = 0.5;
const minLostRows = 100;
const minLostBytes = 1024 * 1024;

/** Why a plan needs a person; null when it may go ahead by itself. */
export function breakerOf(
  decisions: readonly Decision[],
  backups: readonly Backup[],
  policy: RetentionPolicy,
): string | null {
  const deleted = decisions.filter(({ action }) => action === 'delete').length;
  if (deleted === 0) return null;
  if (deleted > decisions.length * policy.maxDeleteShare)
    return `it would delete ${deleted} of ${decisions.length} backups, more than ${Math.round(policy.maxDeleteShare * 100)} %`;
  return suddenDrop(backups);
}

function suddenDrop(backups: readonly Backup[]): string | null {
  const good = backups.filter(isGoodRegular).sort(newestFirst);
  const [newest, ...before] = good;
  if (newest === undefined || newest.marks.acknowledgement !== null) return null;
  // What a person has called right is the usual from then on.
  const acknowledged = before.findIndex(({ marks }) => marks.acknowledgement !== null);
  const earlier = before.slice(0, acknowledged === -1 ? history : Math.min(history, acknowledged + 1));
  return (
    drop('rows', { newest: rowsOf(newest), usual: median(earlier.map(rowsOf)), minLost: minLostRows }) ??
    drop('bytes', { newest: bytesOf(newest), usual: median(earlier.map(bytesOf)), minLost: minLostBytes })
  );
}

function drop(what: string, sizes: { newest: number; usual: number; minLost: number }): string | null {
  const { newest, usual, minLost } = sizes;
  if (newest >= usual * suddenShare || usual - newest < minLost) return null;
  return `the newest backup has ${newest} ${what} where ${usual} were usual`;
}

function rowsOf({ manifest }: Backup): number {
  return manifest.inventory.tables.reduce((sum, { rows }) => sum + rows, 0);
}

/** Of the content, not of the files: formats and compression may differ from one backup to the next. */
function bytesOf({ manifest }: Backup): number {
  return manifest.inventory.tables.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** 0 of nothing. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
