import type { Difference, Report, RestoreRecord } from '@sagekeep/contracts';
import { safetyCommand, undoCommand } from './commands.ts';

type Fact = { name: string; value: string };

const none = '–';

function downtimeOf(record: RestoreRecord): string {
  if (record.fateUnknown === true) return 'unknown: nobody can tell whether it went live';
  if (record.state === 'building') return 'not known yet';
  if (record.state === 'failed' && !hadBegun(record)) return 'none: the live database was not touched';
  const time = record.downtimeMs === null ? 'not measured' : `${record.downtimeMs} ms`;
  const told = record.method === 'in-place' ? `${time}, in which tables were locked` : time;
  if (record.partLive === true) return `${told}; then a part of the dump was live`;
  return record.state === 'failed'
    ? `${told}; all was rolled back, and the live database has not changed`
    : told;
}

/** Whether clients may have been kept waiting: the swap is told just before, and in place the safety backup comes first. */
function hadBegun({ method, downtimeMs, beforeOid, safetyBackup }: RestoreRecord): boolean {
  if (downtimeMs !== null) return downtimeMs > 0;
  return (method === 'aside' ? beforeOid : safetyBackup) !== null;
}

function what(record: RestoreRecord): Fact[] {
  return [
    { name: 'Restore', value: record.id },
    { name: 'From', value: record.source },
    {
      name: 'Into',
      value: `${record.into} on ${record.server === 'own' ? "the database's own server" : record.server}`,
    },
    { name: 'Method', value: record.method },
    { name: 'Asked for by', value: record.by },
    {
      name: 'File trusted',
      value: record.trustFile ? `yes, asked for by ${record.by}: it could do as its author liked` : 'no',
    },
    { name: 'Started', value: record.startedAt },
    { name: 'Finished', value: record.finishedAt ?? none },
    { name: 'Downtime', value: downtimeOf(record) },
  ];
}

function proofFacts(record: RestoreRecord): Fact[] {
  const { proof } = record;
  if (proof === null) return [{ name: 'Proof', value: 'none' }];
  return [
    { name: 'Proof', value: proof.result },
    { name: 'Server', value: proof.serverVersion },
    { name: 'Client tools', value: proof.clientVersion },
    { name: 'Differences', value: String(proof.differences.length) },
  ];
}

function undoOf(record: RestoreRecord): string {
  if (record.fateUnknown === true) return 'Nobody can tell whether it went live: look into the database.';
  if (record.state === 'building') {
    return 'Not known yet: the server could not be asked whether it went live. The next attempt or cleanup asks, and this report then says so.';
  }
  if (record.partLive === true) {
    return `The live database has changed: a part of the dump is live. The state before is in the safety backup: ${safetyCommand(record)}`;
  }
  if (record.state === 'failed') return 'Nothing to undo: the live database has not changed.';
  if (record.state === 'undone') return 'It was undone.';
  if (record.method === 'in-place') {
    return record.safetyBackup === null
      ? 'Nothing of the old content was kept.'
      : `In place nothing is kept aside; the state before is in the safety backup: ${safetyCommand(record)}`;
  }
  if (record.before === null) return 'There was no database of that name before.';
  return `${undoCommand(record)}   (until ${record.undoUntil ?? none})`;
}

function wayBack(record: RestoreRecord): Fact[] {
  return [
    { name: 'Undo', value: undoOf(record) },
    { name: 'Kept as', value: record.before ?? none },
    { name: 'Safety backup', value: record.safetyBackup ?? 'none' },
    { name: 'Without safety backup', value: record.withoutSafety ? `yes, asked for by ${record.by}` : 'no' },
    { name: 'Closing backup', value: record.closingBackup ?? 'none yet' },
  ];
}

const changes: Readonly<Record<Difference['change'], string>> = {
  missing: 'missing in the copy',
  unexpected: 'only in the copy',
  different: 'different',
};

function differenceRow({ kind, name, change, expected, actual, excuse }: Difference): string[] {
  const words = expected === undefined || actual === undefined ? '' : `: ${expected} → ${actual}`;
  return [kind, name, `${changes[change]}${words}`, excuse ?? 'none'];
}

const count = (rows: number | null) => (rows === null ? none : String(rows));

function titleOf(record: RestoreRecord): string {
  if (record.state === 'building')
    return `The restore of ${record.into} broke off; what it came to is not known yet`;
  if (record.partLive === true) return `The restore of ${record.into} failed, and a part of it is live`;
  if (record.state === 'failed') return `The restore of ${record.into} failed`;
  if (record.error === null) return `${record.into} was restored from ${record.source}`;
  const why = record.proof?.result === 'failed' ? 'its proof failed' : 'it is not proven';
  return `${record.into} was replaced in place from ${record.source}, but ${why}`;
}

function notesOf({ notes, proof, error }: RestoreRecord): Fact[] {
  const lines = [...notes, ...(proof?.notes ?? []), ...(error === null ? [] : [error])];
  return lines.map((value, index) => ({ name: String(index + 1), value }));
}

type Section = Report['sections'][number];

function table(title: string, columns: string[], rows: string[][]): Section {
  return { title, facts: [], table: { columns, rows } };
}

/** What a restore came to, for people and programs. */
export function restoreReport(record: RestoreRecord, at: Date): Report {
  const done = ['swapped', 'undone', 'expired'].includes(record.state) && record.error === null;
  const phases = Object.entries(record.timings).map(([name, ms]) => ({ name, value: `${ms} ms` }));
  const { differences } = record;
  return {
    version: 1,
    id: record.jobId,
    kind: 'restore',
    database: record.database,
    at: at.toISOString(),
    result: done ? 'done' : 'failed',
    title: titleOf(record),
    sections: [
      { title: 'Restore', facts: what(record) },
      { title: 'Proof', facts: proofFacts(record) },
      ...(differences.length === 0
        ? []
        : [table('Differences', ['Kind', 'Name', 'What', 'Known reason'], differences.map(differenceRow))]),
      { title: 'The way back', facts: wayBack(record) },
      { title: 'Phases', facts: phases },
      { title: 'Notes', facts: notesOf(record) },
      table(
        'Tables',
        ['Table', 'Rows before', 'Rows after'],
        record.tables.map(({ name, before, after }) => [name, count(before), count(after)]),
      ),
    ],
  };
}

/** What an undo came to. */
export function undoReport(record: RestoreRecord, options: { jobId: string; at: Date }): Report {
  const out = record.swappedOut ?? null;
  const downtime = record['undoDowntimeMs'];
  return {
    version: 1,
    id: options.jobId,
    kind: 'undo',
    database: record.database,
    at: options.at.toISOString(),
    result: 'done',
    title: `The restore of ${record.into} from ${record.source} was undone`,
    sections: [
      {
        title: 'Undo',
        facts: [
          { name: 'Restore', value: record.id },
          { name: 'Live again', value: `${record.into}, as it was when the restore swapped it out` },
          {
            name: 'Swapped out and kept as',
            value: out === null ? none : `${out.name} (until ${out.until})`,
          },
          { name: 'Downtime', value: typeof downtime === 'number' ? `${downtime} ms` : 'not measured' },
        ],
      },
    ],
  };
}
