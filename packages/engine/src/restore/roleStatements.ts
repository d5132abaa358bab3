/** The identifier at the start of a text, unquoted. */
function identifier(text: string): string | null {
  const match = /^(?:"((?:[^"]|"")*)"|([^\s;"]+))/su.exec(text);
  return match === null ? null : (match[1]?.replaceAll('""', '"') ?? match[2] ?? null);
}

function statementsOf(globals: string): string[] {
  return globals
    .split(/;\s*(?:\n|$)/)
    .map((text) => text.replace(/^(?:\s*--[^\n]*\n|\s+)*/u, '').trim())
    .filter((statement) => statement !== '');
}

/** The roles that a `globals.sql` creates. */
export function rolesIn(globals: string): string[] {
  return statementsOf(globals).flatMap((statement) => {
    const role = /^CREATE ROLE\s+(.*)$/isu.exec(statement)?.[1];
    const name = role === undefined ? null : identifier(role);
    return name === null ? [] : [name];
  });
}

/**
 * The statements of a `globals.sql` that make the missing roles and what they are members of. Everything else in the
 * file (roles that exist already, above all) is left alone.
 */
export function statementsFor(globals: string, missing: readonly string[]): string[] {
  const wanted = new Set(missing);
  return statementsOf(globals).flatMap((statement) => {
    const role = /^(?:CREATE|ALTER) ROLE\s+(.*)$/isu.exec(statement)?.[1];
    if (role !== undefined) return wanted.has(identifier(role) ?? '') ? [statement] : [];
    const grant = /^GRANT\s.+?\sTO\s+(.*)$/isu.exec(statement)?.[1];
    return grant !== undefined && wanted.has(identifier(grant) ?? '') ? [statement] : [];
  });
}

/** The role that a statement alters, and how. */
function alteration(statement: string): { role: string; change: string } | null {
  const [, role, change] = /^ALTER ROLE\s+("(?:[^"]|"")*"|[^\s;"]+)\s+(.*)$/isu.exec(statement) ?? [];
  return role === undefined || change === undefined ? null : { role: identifier(role) ?? role, change };
}

/** Whose password a statement sets; null when it does something else. */
export function passwordOwner(statement: string): string | null {
  const altered = alteration(statement);
  return altered !== null && /^PASSWORD\s/i.test(altered.change) ? altered.role : null;
}

/** Whom a statement allows to log in; null when it does something else. */
export function loginOwner(statement: string): string | null {
  const altered = alteration(statement);
  return altered !== null && /^WITH\s.*\bLOGIN\b/is.test(altered.change) ? altered.role : null;
}
