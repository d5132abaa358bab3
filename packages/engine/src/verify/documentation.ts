import type { Check } from './check.ts';

/** The table of docs/checks.md, which a test holds against the registry. */
export function checkTable(checks: readonly Check[]): string {
  const rows = checks.map(({ id, mode, worst, asks, expected }) =>
    [`\`${id}\``, mode, worst, asks, expected].map((cell) => ` ${cell.replaceAll('|', '\\|')} `).join('|'),
  );
  return [
    '| check | mode | worst | asks | expects |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `|${row}|`),
  ].join('\n');
}
