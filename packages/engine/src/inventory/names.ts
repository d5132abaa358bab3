/** A name as SQL needs it and people like it: quoted only where it must be. */
function readable(identifier: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}

/** `schema.name`, unambiguous whatever the two hold; just the name for objects without a schema. */
export function readableName(namespace: string | null, name: string): string {
  return namespace === null ? readable(name) : `${readable(namespace)}.${readable(name)}`;
}

/** Identifiers of a list as pg_dump writes it, e.g. `id, "a ""b"`; stops at the first thing that is none. */
export function parseIdentifiers(text: string, separator: ',' | '.'): string[] {
  const one = new RegExp(`\\s*(?:"((?:[^"]|"")*)"|([^\\s",.()]+))\\s*(\\${separator})?`, 'y');
  const names: string[] = [];
  for (let match = one.exec(text); match !== null; match = one.exec(text)) {
    names.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] === undefined) break;
  }
  return names;
}

export interface CopyTarget {
  /** The table that rows are loaded into, as `readableName`. */
  readonly table: string;
  readonly columns: readonly string[];
}

const copyPattern = /^COPY ((?:"(?:[^"]|"")*"|[^\s"(])+) +(?:\((.*)\) )?FROM stdin;\n$/s;

/** Reads `COPY schema.table (columns) FROM stdin;`; null for anything else. */
export function parseCopyStatement(statement: string): CopyTarget | null {
  const match = copyPattern.exec(statement);
  if (match === null) return null;
  const path = parseIdentifiers(match[1] ?? '', '.');
  const [namespace, name] = path.length === 2 ? path : [null, path[0]];
  if (name === undefined || path.length > 2) return null;
  const columns = match[2] === undefined ? [] : parseIdentifiers(match[2], ',');
  return { table: readableName(namespace ?? null, name), columns };
}
