import type { StatusLine } from '@sagekeep/contracts';
import { byteSize } from '../text/units.ts';
import { storedBytes } from './backups.ts';
import type { DatabaseFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';

/** The room that a database's backups take against `retention.maxBytes`; nothing where none is set. It deletes nothing. */
export function sizeLine({ config, backups }: DatabaseFacts): StatusLine[] {
  const { maxBytes } = config.retention;
  if (maxBytes === null) return [];
  const bytes = backups.reduce((sum, backup) => sum + storedBytes(backup), 0);
  const text = `its backups take ${byteSize(bytes)} (retention.maxBytes ${byteSize(maxBytes)})`;
  if (bytes <= maxBytes) return [okLine('max-bytes', text)];
  return [
    badLine('warn', {
      id: 'max-bytes',
      text,
      since: exceededAt(backups, maxBytes),
      why: 'what retention keeps takes more than it should; nothing is deleted for it',
      command: `sagekeep cleanup ${config.name} --dry-run`,
    }),
  ];
}

/** When the backups that are there now came to more, the oldest first. */
function exceededAt(backups: DatabaseFacts['backups'], maxBytes: number): string | null {
  let bytes = 0;
  const oldestFirst = backups.toSorted((a, b) => (a.manifest.snapshotAt < b.manifest.snapshotAt ? -1 : 1));
  const over = oldestFirst.find((backup) => {
    bytes += storedBytes(backup);
    return bytes > maxBytes;
  });
  return over?.manifest.finishedAt ?? null;
}
