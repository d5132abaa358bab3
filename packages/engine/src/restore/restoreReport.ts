import type { Report, RestoreRecord } from '@sagekeep/contracts';

type Fact = { name: string; value: string };

const none = '–';

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
    { name: 'Started', value: record.startedAt },
    { name: 'Finished', value: record.finishedAt ?? none },
    { name: 'Downtime', value: record.downtimeMs === null ? 'not measured' : `${record.downtimeMs} ms` },
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

function wayBack(record: RestoreRecord): Fact[] {
  const undo =
    record.before === null
      ? 'There was no database before.'
      : `sagekeep undo ${record.database}   (until ${record.undoUntil ?? none})`;
  return [
    { name: 'Undo', value: undo },
    { name: 'Kept as', value: record.before ?? none },
    { name: 'Safety backup', value: record.safetyBackup ?? 'none' },
    { name: 'Without safety backup', value: record.withoutSafety ? `yes, asked for by ${record.by}` : 'no' },
  ];
}

const count = (rows: number | null) => (rows === null ? none : String(rows));

/** What a restore came to, for people and programs. */
export function restoreReport(record: RestoreRecord, at: Date): Report {
  const done = record.state === 'swapped' || record.state === 'undone';
  const section = (title: string, facts: Fact[]) => ({ title, facts });
  return {
    version: 1,
    id: record.jobId,
    kind: 'restore',
    database: record.database,
    at: at.toISOString(),
    result: done ? 'done' : 'failed',
    title: done
      ? `${record.into} was restored from ${record.source}`
      : `The restore of ${record.into} failed`,
    sections: [
      section('Restore', what(record)),
      section('Proof', proofFacts(record)),
      section('The way back', wayBack(record)),
      section(
        'Phases',
        Object.entries(record.timings).map(([name, ms]) => ({ name, value: `${ms} ms` })),
      ),
      section(
        'Notes',
        [
          ...record.notes,
          ...(record.proof?.notes ?? []),
          ...(record.error === null ? [] : [record.error]),
        ].map((value, index) => ({ name: String(index + 1), value })),
      ),
      {
        ...section('Tables', []),
        table: {
          columns: ['Table', 'Rows before', 'Rows after'],
          rows: record.tables.map((table) => [table.name, count(table.before), count(table.after)]),
        },
      },
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
