import type { ExpectedColumn, ExpectedConstraint, ExpectedTable } from './expected.ts';
import { normalType } from './normalType.ts';
import { type Reader, readerOf } from './reader.ts';
import { splitTokens, type Token } from './tokens.ts';

/** Key words that end the type of a column. */
const endOfType = new Set([
  ...['constraint', 'not', 'null', 'default', 'primary', 'unique', 'references', 'check', 'generated'],
  ...['collate', 'storage', 'compression', 'deferrable', 'initially', 'exclude', 'options'],
]);
const tableConstraint = new Set(['constraint', 'primary', 'unique', 'foreign', 'check', 'exclude']);

/** The kind of constraint that the next key words begin; null when they begin none. */
export function constraintKind(reader: Reader): ExpectedConstraint['kind'] | null {
  if (reader.take('primary', 'key')) return 'primary key';
  if (reader.take('unique')) return 'unique';
  if (reader.take('foreign', 'key') || reader.take('references')) return 'foreign key';
  if (reader.take('check')) return 'check';
  return null;
}

/** The columns that stand in parentheses next; null when none do. */
export function columnsOf(reader: Reader): string[] | null {
  reader.take('nulls', 'distinct') || reader.take('nulls', 'not', 'distinct');
  const columns = reader.parenthesised();
  return columns === null ? null : splitTokens(columns, ',').map((column) => column[0]?.text ?? '');
}

/** Reads what follows CREATE TABLE; null for what has no list of columns (AS, OF, PARTITION OF). */
export function readTable(
  reader: Reader,
): { table: ExpectedTable; constraints: ExpectedConstraint[] } | null {
  reader.take('if', 'not', 'exists');
  const name = reader.qualifiedName();
  const body = name === null ? null : reader.parenthesised();
  if (name === null || body === null) return null;
  const columns: ExpectedColumn[] = [];
  const constraints: ExpectedConstraint[] = [];
  const add: Add = (constraint) => constraints.push({ schema: name.schema, table: name.name, ...constraint });
  for (const part of splitTokens(body, ',')) {
    const item = readerOf(part);
    if (item.take('like')) continue;
    if (tableConstraint.has(item.peek())) {
      const constraintName = item.take('constraint') ? item.name() : null;
      const kind = constraintKind(item);
      if (kind !== null)
        add({ name: constraintName, kind, columns: kind === 'check' ? null : columnsOf(item) });
    } else {
      const column = readColumn(item, add);
      if (column !== null) columns.push(column);
    }
  }
  const primary = primaryKeyColumns(body);
  return {
    table: {
      ...name,
      columns: columns.map((column) => (primary.has(column.name) ? { ...column, notNull: true } : column)),
    },
    constraints,
  };
}

type Add = (constraint: Pick<ExpectedConstraint, 'name' | 'kind' | 'columns'>) => void;

function readColumn(reader: Reader, add: Add): ExpectedColumn | null {
  const name = reader.name();
  if (name === null) return null;
  const type: Token[] = [];
  while (reader.rest().length > 0 && !endOfType.has(reader.peek())) {
    const token = reader.next();
    if (token !== null) type.push(token);
  }
  const serial = /serial/.test(type[0]?.text ?? '');
  let notNull = serial;
  let constraintName: string | null = null;
  for (let left = reader.rest().length; left > 0; left = reader.rest().length) {
    if (reader.take('not', 'null')) notNull = true;
    else if (reader.take('constraint')) constraintName = reader.name();
    else {
      const kind = constraintKind(reader);
      if (kind === null) reader.parenthesised() ?? reader.next();
      else {
        add({ name: constraintName, kind, columns: kind === 'check' ? null : [name] });
        constraintName = null;
        if (kind === 'primary key') notNull = true;
      }
    }
  }
  return { name, type: normalType(type), notNull };
}

/** The columns of a PRIMARY KEY that is written as a line of its own. */
function primaryKeyColumns(body: readonly Token[]): Set<string> {
  for (const part of splitTokens(body, ',')) {
    const reader = readerOf(part);
    if (reader.take('constraint')) reader.name();
    if (!reader.take('primary', 'key')) continue;
    return new Set(columnsOf(reader) ?? []);
  }
  return new Set();
}
