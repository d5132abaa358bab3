import pg from 'pg';

/** A name as SQL may hold it, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return pg.escapeIdentifier(name);
}

/** `"schema"."name"`. */
export function quoteQualified(schema: string, name: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

/** A text literal as SQL may hold it, right for every setting of `standard_conforming_strings`. */
export function quoteLiteral(text: string): string {
  return pg.escapeLiteral(text);
}
