import { alignColumns, padEnd, textWidth } from '@sagekeep/watch';

/** Rows under titles, in columns that line up also with Chinese text. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return alignColumns(titles, rows).join('\n');
}

/** `name  value` lines whose values line up. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => textWidth(name)));
  return pairs.map(([name, value]) => `${padEnd(name, width)}  ${value}`.trimEnd()).join('\n');
}
