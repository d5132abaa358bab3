import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operations, outcome } from './conflicts.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/conflicts.md'), 'utf8');

/** The table that people read: rows are what runs, columns are what starts. */
function documented(): Map<string, Map<string, string>> {
  const lines = page
    .slice(page.indexOf('| runs'))
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('*', '').trim());
  const [head = [], , ...body] = lines.map(cells);
  return new Map(
    body.map((row) => [row[0] ?? '', new Map(row.slice(1).map((cell, at) => [head[at + 1] ?? '', cell]))]),
  );
}

const table = documented();
const pairs = operations.flatMap((first) => operations.map((second) => [first, second] as const));

describe('the conflict matrix', () => {
  it('has a row and a column for every operation', () => {
    expect([...table.keys()]).toEqual([...operations]);
    for (const row of table.values()) expect([...row.keys()]).toEqual([...operations]);
  });

  it.each(pairs)('while %s runs, %s', (first, second) => {
    expect(outcome(first, second)).toBe(table.get(first)?.get(second));
  });

  it('never lets two that write the same name run together', () => {
    const writers = ['restore aside', 'restore in place', 'swap', 'undo', 'drop of a kept database'] as const;
    for (const first of writers) for (const second of writers) expect(outcome(first, second)).toBe('waits');
  });

  it('never lets anything read a database while its content is replaced', () => {
    for (const reader of ['backup', 'safety backup', 'live verification'] as const) {
      for (const writer of ['restore in place', 'swap', 'undo'] as const) {
        expect(outcome(writer, reader)).toBe('waits');
        expect(outcome(reader, writer)).toBe('ends');
      }
    }
  });
});
