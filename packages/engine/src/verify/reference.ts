import { quoteIdentifier } from '../server/index.ts';

/** A configured soft reference, each name quoted for SQL. */
export interface Reference {
  readonly text: string;
  readonly child: Side;
  readonly parent: Side;
}

export interface Side {
  /** `schema.table`, quoted. */
  readonly table: string;
  readonly column: string;
  /** The schema and table as they stand in the catalogues. */
  readonly schemaName: string;
  readonly tableName: string;
  readonly columnName: string;
}

const name = String.raw`(?:"(?:[^"]|"")+"|[^\s".]+)`;
const side = String.raw`(${name}\.)?(${name})\.(${name})`;
const columnPattern = new RegExp(String.raw`^\s*${side}\s*$`, 'u');
const pattern = new RegExp(String.raw`^\s*${side}\s*->\s*${side}\s*$`, 'u');

/** Reads `table.column`, the table with its schema or in `public`; null when it is written otherwise. */
export function readColumn(text: string): Side | null {
  const match = columnPattern.exec(text);
  if (match === null) return null;
  const [, schema, table = '', column = ''] = match;
  return sideOf(schema, table, column);
}

/** Reads `table.column -> table.column`, each table with its schema or in `public`; null when it is written otherwise. */
export function readReference(text: string): Reference | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, s1, t1 = '', c1 = '', s2, t2 = '', c2 = ''] = match;
  return { text: text.trim(), child: sideOf(s1, t1, c1), parent: sideOf(s2, t2, c2) };
}

function sideOf(schema: string | undefined, table: string, column: string): Side {
  const schemaName = schema === undefined ? 'public' : unquoted(schema.slice(0, -1));
  const [tableName, columnName] = [unquoted(table), unquoted(column)];
  return {
    table: `${quoteIdentifier(schemaName)}.${quoteIdentifier(tableName)}`,
    column: quoteIdentifier(columnName),
    schemaName,
    tableName,
    columnName,
  };
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}
