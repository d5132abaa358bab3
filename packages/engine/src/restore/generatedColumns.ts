import { readableName, type TocEntry } from '../inventory/index.ts';

/** A line of a table's definition, as pg_dump writes it. */
const stored = /^ {4}("(?:[^"]|"")+"|[^\s"]+) .*\bGENERATED ALWAYS AS \(.*\) STORED/;

/** Columns that PostgreSQL computes itself, `schema.table.column`: no dump has their content. */
export function generatedColumns(entries: readonly TocEntry[]): string[] {
  return entries
    .filter(({ type }) => type === 'TABLE' || type === 'FOREIGN TABLE')
    .flatMap(({ namespace, tag, definition }) =>
      (definition ?? '').split('\n').flatMap((line) => {
        const column = stored.exec(line)?.[1];
        return column === undefined ? [] : [`${readableName(namespace, tag)}.${column}`];
      }),
    );
}
