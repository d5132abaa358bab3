import type { Backup, Manifest } from '@sagekeep/contracts';
import { byteSize, count, duration, plainLine, storedBytes } from '@sagekeep/watch';
import { type Reader, standing } from './backups.ts';
import { facts, table } from './table.ts';
import { ago, time } from './time.ts';

/** Everything that is known about one backup. */
export function backupText(backup: Backup, reader: Reader): string {
  const { manifest } = backup;
  return [
    facts([
      ...identity(manifest, reader),
      ['size', byteSize(storedBytes(backup))],
      ...marksOf(backup, reader),
    ]),
    section('Files', filesOf(manifest)),
    section('Tables', tablesOf(manifest)),
    section('Also inside', facts(othersOf(manifest))),
    ...(manifest.warnings.length === 0
      ? []
      : [section('Warnings', manifest.warnings.map(plainLine).join('\n'))]),
  ].join('\n\n');
}

function section(title: string, body: string): string {
  return `${title}\n${body.replace(/^/gm, '  ')}`;
}

function identity(manifest: Manifest, reader: Reader): [string, string][] {
  const took = new Date(manifest.finishedAt).getTime() - new Date(manifest.startedAt).getTime();
  const { container } = manifest;
  return [
    ['backup', manifest.id],
    ['database', `${manifest.database} (dbname ${plainLine(manifest.dbname)})`],
    ['snapshot', `${time(manifest.snapshotAt, reader.timeZone)}, ${ago(manifest.snapshotAt, reader.now)}`],
    ['took', duration(took)],
    ['made', `${manifest.reason}, job ${manifest.jobId}, attempt ${manifest.attempt}`],
    ['server', `PostgreSQL ${manifest.serverVersion}; client tools ${manifest.clientVersion}`],
    ...(container === null
      ? []
      : [['container', `${container.name} (${container.image})`] as [string, string]]),
    ...(manifest.label === null ? [] : [['label', plainLine(manifest.label)] as [string, string]]),
  ];
}

function marksOf({ marks, ...rest }: Backup, reader: Reader): [string, string][] {
  const at = (instant: string) => time(instant, reader.timeZone);
  const lines: [string, string][] = [['proof', standing({ ...rest, marks })]];
  if (marks.proof !== null) {
    const { proof } = marks;
    lines.push(['proof taken', `${at(proof.at)} on ${proof.where}, in ${duration(proof.durationMs)}`]);
    if (!proof.vectorIndexes) lines.push(['', 'vector indexes were not built: not a measure of the RTO']);
    if (proof.error !== null) lines.push(['proof error', plainLine(proof.error)]);
    for (const note of proof.notes) lines.push(['proof note', plainLine(note)]);
  }
  if (marks.scrub !== null) lines.push(['files re-read', `${marks.scrub.result}, ${at(marks.scrub.at)}`]);
  if (marks.hold !== null) lines.push(['held', `by ${marks.hold.by}: ${plainLine(marks.hold.reason)}`]);
  if (marks.suspect !== null) lines.push(['suspect', marks.suspect.reasons.map(plainLine).join('; ')]);
  if (marks.acknowledgement !== null) {
    lines.push([
      'acknowledged',
      `by ${marks.acknowledgement.by}: ${plainLine(marks.acknowledgement.reason)}`,
    ]);
  }
  return lines;
}

function filesOf({ files }: Manifest): string {
  return table(
    ['NAME', 'FORMAT', 'SIZE', 'SHA-256'],
    files.map((file) => [
      file.name,
      `${file.format}, ${file.compression}`,
      byteSize(file.bytes),
      file.sha256,
    ]),
  );
}

function tablesOf({ inventory }: Manifest): string {
  if (inventory.tables.length === 0) return 'none';
  return table(
    ['TABLE', 'ROWS', 'BYTES'],
    inventory.tables.map((each) => [plainLine(each.name), count(each.rows), byteSize(each.bytes)]),
  );
}

function othersOf({ inventory, extensions }: Manifest): [string, string][] {
  const { largeObjects } = inventory;
  return [
    ['definitions', String(inventory.entries.length)],
    ['sequences', String(inventory.sequences.length)],
    ['large objects', `${largeObjects.count}, ${byteSize(largeObjects.bytes)}`],
    ['extensions', extensions.map((each) => `${each.name} ${each.version}`).join(', ') || 'none'],
  ];
}
