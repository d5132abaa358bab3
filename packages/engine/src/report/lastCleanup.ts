import type { Report } from '@sagekeep/contracts';
import type { Records } from '@sagekeep/storage';

type Section = Report['sections'][number];

/** Reports looked through: about a week of hourly looks, and all the jobs between them. */
const within = 500;

function factsOf(report: Report): ReadonlyMap<string, string> {
  const facts = report.sections.flatMap((section) => section.facts);
  return new Map(facts.map(({ name, value }) => [name, value]));
}

/** Dry runs delete nothing, and say so by another name. */
function cleaned(report: Report, database: string): boolean {
  if (report.kind !== 'cleanup' || !factsOf(report).has('deleted')) return false;
  return report.database === null || report.database === database;
}

/** Lines of the cleanup's plan that were carried out on this database. */
function deletedRows(report: Report, database: string): string[][] {
  const plan = report.sections.find(({ title }) => title === 'Plan')?.table;
  const cell = (row: readonly string[], name: string) => row[plan?.columns.indexOf(name) ?? -1] ?? '';
  return (plan?.rows ?? [])
    .filter((row) => cell(row, 'action') === 'delete' && cell(row, 'database') === database)
    .map((row) => [cell(row, 'what'), cell(row, 'name'), cell(row, 'bytes'), cell(row, 'reason')]);
}

function describe(report: Report, database: string): Section {
  const facts = factsOf(report);
  const some = ['deleted', 'freed bytes', 'refused'].flatMap((name) => {
    const value = facts.get(name);
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    title: 'Last cleanup',
    facts: [
      { name: 'report', value: report.id },
      { name: 'time', value: report.at },
      { name: 'result', value: report.result },
      ...some,
    ],
    table: { columns: ['what', 'name', 'bytes', 'reason'], rows: deletedRows(report, database) },
  };
}

/** What the last cleanup of a database removed, for the report of its next backup. */
export async function lastCleanup(records: Records, database: string): Promise<Section> {
  for await (const report of records.recent('reports', within))
    if (cleaned(report, database)) return describe(report, database);
  return { title: 'Last cleanup', facts: [{ name: 'time', value: 'none is on record' }] };
}
