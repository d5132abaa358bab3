import type { JobContext, Manifest, Report } from '@sagekeep/contracts';
import { lateFacts } from './lateFacts.ts';

type Section = Report['sections'][number];

const fact = (name: string, value: string | number) => ({ name, value: String(value) });

function identity(manifest: Manifest, context: JobContext): Section {
  const { container } = manifest;
  return {
    title: 'Backup',
    facts: [
      fact('backup', manifest.id),
      fact('snapshot taken', manifest.snapshotAt),
      fact('finished', manifest.finishedAt),
      fact('database', `${manifest.database} (dbname ${manifest.dbname})`),
      fact('container', container === null ? 'none' : `${container.name} (${container.image})`),
      fact('server version', manifest.serverVersion),
      fact('client tools', manifest.clientVersion),
      fact('database size in bytes', manifest.databaseBytes),
      fact('reason', manifest.label === null ? manifest.reason : `${manifest.reason}: ${manifest.label}`),
      ...lateFacts(context),
    ],
  };
}

function files(manifest: Manifest): Section {
  return {
    title: 'Files',
    facts: [
      fact(
        'total bytes',
        manifest.files.reduce((sum, file) => sum + file.bytes, 0),
      ),
    ],
    table: {
      columns: ['file', 'format', 'compression', 'bytes', 'sha256'],
      rows: manifest.files.map((file) => [
        file.name,
        file.format,
        file.compression,
        String(file.bytes),
        file.sha256,
      ]),
    },
  };
}

function contents({ inventory }: Manifest): Section {
  const { tables, sequences, largeObjects, entries } = inventory;
  return {
    title: 'Contents',
    facts: [
      fact('tables', tables.length),
      fact(
        'rows',
        tables.reduce((sum, table) => sum + table.rows, 0),
      ),
      fact(
        'bytes as text',
        tables.reduce((sum, table) => sum + table.bytes, 0),
      ),
      fact('sequences', sequences.length),
      fact('large objects', `${largeObjects.count} of ${largeObjects.bytes} bytes`),
      fact('definitions', entries.length),
    ],
    table: {
      columns: ['table', 'rows', 'bytes'],
      rows: tables.map((table) => [table.name, String(table.rows), String(table.bytes)]),
    },
  };
}

function timings(manifest: Manifest): Section {
  const phases = Object.entries(manifest.timings);
  return {
    title: 'Duration',
    facts: [
      ...phases.map(([phase, ms]) => fact(phase, `${ms} ms`)),
      fact('altogether', `${Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)} ms`),
    ],
  };
}

/**
 * The report of a backup. All that it says of the backup is from the manifest, so that it can be made again; `cleaned`
 * tells of the last cleanup.
 */
export function backupReport(manifest: Manifest, context: JobContext, cleaned: Section): Report {
  const notes = manifest.warnings.map((warning, index) => fact(`note ${index + 1}`, warning));
  return {
    version: 1,
    id: manifest.jobId,
    kind: 'backup',
    database: manifest.database,
    at: manifest.finishedAt,
    result: 'done',
    title: `Backup of ${manifest.database}: ${manifest.id}`,
    sections: [
      identity(manifest, context),
      files(manifest),
      contents(manifest),
      timings(manifest),
      cleaned,
      ...(notes.length === 0 ? [] : [{ title: 'Notes', facts: notes }]),
    ],
    backup: manifest.id,
  };
}
