import type { ExpectedGrant } from './expected.ts';
import { type Reader, readerOf } from './reader.ts';
import { splitTokens, type Token } from './tokens.ts';

/** What ALL stands for; MAINTAIN is left out, which older servers do not know. */
const privilegesOf: Readonly<Record<ExpectedGrant['kind'], readonly string[]>> = {
  table: ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'],
  sequence: ['usage', 'select', 'update'],
  schema: ['create', 'usage'],
  database: ['create', 'connect', 'temporary'],
};
/** Roles that are another one for everybody who runs the file. */
const roleOfTheMoment = new Set(['current_role', 'current_user', 'session_user']);

/**
 * Reads what follows GRANT (`to`) or REVOKE (`from`): one entry for each privilege, object and role. Nothing for what
 * it does not know: columns, functions, memberships, ALL TABLES IN SCHEMA.
 */
export function readGrants(reader: Reader, direction: 'to' | 'from'): ExpectedGrant[] {
  const privileges = splitTokens(until(reader, ['on']), ',').map(privilegeOf);
  if (!reader.take('on')) return [];
  const kind =
    (['table', 'sequence', 'schema', 'database'] as const).find((word) => reader.take(word)) ?? 'table';
  const objects = splitTokens(until(reader, [direction]), ',').map((part) => objectOf(kind, readerOf(part)));
  if (!reader.take(direction)) return [];
  const roles = splitTokens(until(reader, ['with', 'granted', 'cascade', 'restrict']), ',').map(roleOf);
  const known = privilegesOf[kind].filter((one) => privileges.includes('all') || privileges.includes(one));
  if (objects.includes(null)) return [];
  return objects.flatMap((object) =>
    roles.flatMap((role) =>
      object === null || role === null
        ? []
        : known.map((privilege) => ({ ...object, kind, privilege, role })),
    ),
  );
}

function until(reader: Reader, words: readonly string[]): Token[] {
  const tokens: Token[] = [];
  while (reader.rest().length > 0 && !words.includes(reader.peek())) {
    const token = reader.next();
    if (token !== null) tokens.push(token);
  }
  return tokens;
}

function privilegeOf(tokens: readonly Token[]): string {
  const text = tokens.map((token) => token.text).join(' ');
  if (text === 'all privileges') return 'all';
  return text === 'temp' ? 'temporary' : text;
}

function objectOf(
  kind: ExpectedGrant['kind'],
  reader: Reader,
): Pick<ExpectedGrant, 'schema' | 'name'> | null {
  const inSchema = kind === 'table' || kind === 'sequence';
  const name = inSchema ? reader.qualifiedName() : named(reader.name());
  return reader.rest().length === 0 ? name : null;
}

function named(name: string | null): Pick<ExpectedGrant, 'schema' | 'name'> | null {
  return name === null ? null : { schema: null, name };
}

function roleOf(tokens: readonly Token[]): string | null {
  const reader = readerOf(tokens);
  reader.take('group');
  return roleOfTheMoment.has(reader.peek()) ? null : reader.name();
}
