import type { Report } from '@sagekeep/contracts';
import type { Records } from '@sagekeep/storage';

type Section = Report['sections'][number];

/** No database has such a name. */
const everyDatabase = 'every database';

/** Keeps the report of what cleaned up a database, or all of them, for the reports of the next backups. */
export async function keepLastCleanup(records: Records, report: Report): Promise<void> {
  await records.put('cleanups', report.database ?? everyDatabase, report);
}

function factsOf(report: Report): ReadonlyMap<string, string> {
  const facts = report.sections.flatMap((section) => section.facts);
  return new Map(facts.map(({ name, value }) => [name, value]));
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
  const [own, all] = [await records.get('cleanups', database), await records.get('cleanups', everyDatabase)];
  const last = own !== null && all !== null ? (own.at > all.at ? own : all) : (own ?? all);
  if (last !== null) return describe(last, database);
  return { title: 'Last cleanup', facts: [{ name: 'time', value: 'none is on record' }] };
}
