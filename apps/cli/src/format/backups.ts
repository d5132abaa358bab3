import type { Backup, BackupPage } from '@sagekeep/contracts';
import { isSuspect } from '@sagekeep/storage';
import { byteSize, count, plainLine, storedBytes } from '@sagekeep/watch';
import { table } from './table.ts';
import { ago, time } from './time.ts';

/** How the reader sees times. */
export interface Reader {
  readonly timeZone: string;
  readonly now: Date;
}

/** `proven`, `content-proven`, `FAILED PROOF`, `not proven`; and what else is wrong with the backup. */
export function standing(backup: Backup): string {
  const { marks } = backup;
  const proof = marks.proof === null ? 'not proven' : marks.proof.result;
  return [
    proof === 'failed' ? 'FAILED PROOF' : proof,
    ...(marks.scrub?.result === 'damaged' ? ['DAMAGED'] : []),
    ...(isSuspect(backup) ? ['SUSPECT'] : []),
  ].join(', ');
}

/** The catalogue as a table, and below it whatever looks like a backup and is none. */
export function backupList({ items, damaged }: BackupPage, reader: Reader): string {
  if (items.length === 0 && damaged.length === 0) return 'No backups yet.';
  const rows = items.map((backup) => [
    backup.manifest.id,
    time(backup.manifest.snapshotAt, reader.timeZone),
    ago(backup.manifest.snapshotAt, reader.now),
    byteSize(storedBytes(backup)),
    formatsOf(backup),
    standing(backup),
    noteOf(backup),
  ]);
  const good = items.length === 0 ? [] : [table(listColumns, rows)];
  return [...good, ...damagedList(damaged)].join('\n\n');
}

/** One table's rows in every backup, newest first; `–` where the backup does not hold it. */
export function tableHistory(page: BackupPage, name: string, reader: Reader): string {
  const rows = page.items.map((backup) => {
    const found = tableIn(backup, name);
    return [
      backup.manifest.id,
      time(backup.manifest.snapshotAt, reader.timeZone),
      found === undefined ? '–' : count(found.rows),
      found === undefined ? '–' : byteSize(found.bytes),
      standing(backup),
    ];
  });
  return [table(tableColumns, rows), ...damagedList(page.damaged)].join('\n\n');
}

/** A table by its full name, or by its own name in whatever schema. */
export function tableIn({ manifest }: Backup, name: string) {
  const { tables } = manifest.inventory;
  return tables.find((each) => each.name === name) ?? tables.find((each) => each.name.endsWith(`.${name}`));
}

function formatsOf({ manifest }: Backup): string {
  return manifest.files
    .map((file) => file.format)
    .filter((format) => format !== 'globals')
    .join(' ');
}

function noteOf({ manifest, marks }: Backup): string {
  return [
    ...(manifest.reason === 'manual' ? [] : [manifest.reason]),
    ...(manifest.label === null ? [] : [plainLine(manifest.label)]),
    ...(marks.hold === null ? [] : [`held: ${plainLine(marks.hold.reason)}`]),
  ].join('; ');
}

function damagedList(damaged: BackupPage['damaged']): string[] {
  if (damaged.length === 0) return [];
  const lines = damaged.map((each) => `  ${plainLine(each.id)}: ${plainLine(each.reason)}`);
  return [`Damaged, not backups:\n${lines.join('\n')}`];
}

const listColumns = ['BACKUP', 'SNAPSHOT', 'AGE', 'SIZE', 'FORMATS', 'PROOF', 'NOTE'] as const;

const tableColumns = ['BACKUP', 'SNAPSHOT', 'ROWS', 'BYTES', 'PROOF'] as const;
