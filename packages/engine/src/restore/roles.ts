import { quoteIdentifier } from '../server/index.ts';
import type { Attempt } from './attemptAside.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { rolesOf } from './properties.ts';

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

/** Makes the missing roles as the backup's globals describe them; passwords are never in a backup. */
export async function createMissingRoles(
  deps: RestoreDependencies,
  options: { attempt: Omit<Attempt, 'phases'>; missing: readonly string[] },
): Promise<void> {
  const { attempt, missing } = options;
  const { backup } = attempt.source;
  const file = backup?.manifest.files.find((entry) => entry.format === 'globals');
  const key = file === undefined || backup === null ? null : deps.vault.catalogue.fileKey(backup, file.name);
  const globals = key === null ? '' : (await deps.vault.storage.read(key)).toString('utf8');
  const { session } = attempt.lock;
  const present = await rolesOf(session);
  // Also those that the missing ones are members of.
  const wanted = [...new Set([...missing, ...rolesIn(globals)])].filter((role) => !present.has(role));
  const undescribed = wanted.filter((role) => !rolesIn(globals).includes(role));
  const statements = [
    ...undescribed.map((role) => `create role ${quoteIdentifier(role)}`),
    ...statementsFor(globals, wanted),
  ];
  await session.query('begin');
  try {
    for (const statement of statements) await session.query(statement);
    await session.query('commit');
  } catch (error) {
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
  attempt.context.log(`created roles, without passwords: ${wanted.join(', ')}`);
}
