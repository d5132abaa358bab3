import type {
  Expected,
  ExpectedConstraint,
  ExpectedGrant,
  ExpectedIndex,
  ExpectedTable,
} from './expected.ts';
import { type Reader, readerOf } from './reader.ts';
import { readGrants } from './readGrants.ts';
import { columnsOf, constraintKind, readTable } from './readTable.ts';
import { splitTokens, type Token, tokensOf } from './tokens.ts';

interface Found {
  readonly tables: ExpectedTable[];
  readonly indexes: ExpectedIndex[];
  readonly constraints: ExpectedConstraint[];
  readonly triggers: { table: string; name: string }[];
  readonly extensions: string[];
  readonly grants: ExpectedGrant[];
}

/**
 * What an SQL file creates: tables with their columns, indexes, constraints, triggers and extensions, and what it
 * grants. It is read, never run. Statements of other kinds say nothing about what must be there and are passed over; so are definitions that a
 * program would have to run to know (DO blocks, CREATE TABLE AS).
 */
export function readSchema(sql: string, source: string): Expected {
  const found: Found = { tables: [], indexes: [], constraints: [], triggers: [], extensions: [], grants: [] };
  for (const statement of splitTokens(tokensOf(sql), ';')) readStatement(readerOf(statement), found);
  return { source, from: 'file', ...found };
}

function readStatement(reader: Reader, found: Found): void {
  if (reader.take('alter', 'table')) readAlter(reader, found);
  else if (reader.take('create')) readCreate(reader, found);
  else if (reader.take('grant')) found.grants.push(...readGrants(reader, 'to'));
  else if (reader.take('revoke')) takeBack(found.grants, readGrants(reader, 'from'));
}

function takeBack(grants: ExpectedGrant[], revoked: readonly ExpectedGrant[]): void {
  const textOf = ({ kind, schema, name, privilege, role }: ExpectedGrant) =>
    JSON.stringify([kind, schema, name, privilege, role]);
  const gone = new Set(revoked.map(textOf));
  grants.splice(0, grants.length, ...grants.filter((grant) => !gone.has(textOf(grant))));
}

function readCreate(reader: Reader, found: Found): void {
  reader.take('or', 'replace');
  if (reader.take('extension')) readExtension(reader, found);
  else if (reader.take('unlogged', 'table') || reader.take('table')) readCreateTable(reader, found);
  else if (reader.take('unique', 'index')) readIndex(reader, true, found);
  else if (reader.take('index')) readIndex(reader, false, found);
  else if (reader.take('constraint', 'trigger') || reader.take('trigger')) readTrigger(reader, found);
}

function readExtension(reader: Reader, found: Found): void {
  reader.take('if', 'not', 'exists');
  const name = reader.name();
  if (name !== null) found.extensions.push(name);
}

function readCreateTable(reader: Reader, found: Found): void {
  const read = readTable(reader);
  if (read === null) return;
  found.tables.push(read.table);
  found.constraints.push(...read.constraints);
}

function readIndex(reader: Reader, unique: boolean, found: Found): void {
  reader.take('concurrently');
  reader.take('if', 'not', 'exists');
  const name = reader.peek() === 'on' ? null : reader.name();
  if (name === null || !reader.take('on')) return;
  reader.take('only');
  const table = reader.qualifiedName();
  if (table === null) return;
  const method = reader.take('using') ? reader.name() : 'btree';
  const keys = splitTokens(reader.parenthesised() ?? [], ',');
  const operatorClasses = keys.flatMap((key) =>
    key.filter(({ text }) => /_ops$/.test(text)).map(({ text }) => text),
  );
  const partial = reader
    .rest()
    .some(({ text, quoted, kind }) => kind === 'name' && !quoted && text === 'where');
  found.indexes.push({
    schema: table.schema,
    name,
    method,
    operatorClasses,
    keys: keys.map(columnOfKey),
    unique,
    partial,
  });
}

/** A key that begins with a name and goes on with no sign is a column: with its operator class, collation or order. */
function columnOfKey([first, second]: readonly Token[]): string | null {
  return first?.kind === 'name' && second?.kind !== 'sign' ? first.text : null;
}

function readTrigger(reader: Reader, found: Found): void {
  const name = reader.name();
  while (name !== null && reader.rest().length > 0) {
    if (!reader.take('on')) reader.next();
    else {
      const table = reader.qualifiedName();
      if (table !== null) found.triggers.push({ table: `${table.schema}.${table.name}`, name });
      return;
    }
  }
}

/** Only `ADD [CONSTRAINT name] …` says what must be there. */
function readAlter(reader: Reader, found: Found): void {
  reader.take('if', 'exists');
  reader.take('only');
  const table = reader.qualifiedName();
  if (table === null || !reader.take('add')) return;
  const name = reader.take('constraint') ? reader.name() : null;
  const kind = constraintKind(reader);
  if (kind === null) return;
  const columns = kind === 'check' ? null : columnsOf(reader);
  found.constraints.push({ schema: table.schema, table: table.name, name, kind, columns });
}
