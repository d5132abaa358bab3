import type { Report } from '@sagekeep/contracts';
import { alignColumns, padEnd, textWidth } from '../text/columns.ts';
import { plainLine } from '../text/plain.ts';

type Section = Report['sections'][number];

/**
 * A report as plain text: a head, then its sections with aligned names and columns. Whatever stands in the report,
 * a printed line never carries a control character or the password of a URL. Ends with a line end.
 */
export function renderReport(report: Report): string {
  const head = facts([
    { name: 'report', value: report.id },
    { name: 'job', value: report.kind },
    ...(report.database === null ? [] : [{ name: 'database', value: report.database }]),
    { name: 'time', value: `${report.at} (UTC)` },
    { name: 'result', value: report.result },
  ]);
  const title = plainLine(report.title);
  const lines = [title, '='.repeat(textWidth(title)), ...head, ...report.sections.flatMap(section)];
  return `${lines.join('\n')}\n`;
}

function section(part: Section): string[] {
  const title = plainLine(part.title);
  const lines = ['', title, '-'.repeat(textWidth(title)), ...facts(part.facts)];
  if (part.table === undefined) return lines;
  const rows = part.table.rows.map((row) => row.map(plainLine));
  const table = rows.length === 0 ? ['(none)'] : alignColumns(part.table.columns.map(plainLine), rows);
  return part.facts.length === 0 ? [...lines, ...table] : [...lines, '', ...table];
}

function facts(list: Section['facts']): string[] {
  const shown = list.map(({ name, value }) => ({ name: plainLine(name), value: plainLine(value) }));
  const width = Math.max(0, ...shown.map(({ name }) => textWidth(name)));
  return shown.map(({ name, value }) => `${padEnd(`${name}:`, width + 1)}  ${value}`.trimEnd());
}
