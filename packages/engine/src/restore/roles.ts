import { quoteIdentifier } from '../server/index.ts';
import type { Attempt } from './attemptAside.ts';
import type { RestoreDependencies } from './dependencies.ts';

/** The identifier at the start of a text, unquoted. */
function identifier(text: string): string | null {
  const match = /^(?:"((?:[^"]|"")*)"|([^\s;"]+))/su.exec(text);
  return match === null ? null : (match[1]?.replaceAll('""', '"') ?? match[2] ?? null);
}

/**
 * The statements of a `globals.sql` that make the missing roles and what they are members of. Everything else in the
 * file (roles that exist already, above all) is left alone.
 */
export function statementsFor(globals: string, missing: readonly string[]): string[] {
  const wanted = new Set(missing);
  return globals.split(/;\s*(?:\n|$)/).flatMap((text) => {
    const statement = text.replace(/^(?:\s*--[^\n]*\n|\s+)*/u, '').trim();
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
  const file = backup.manifest.files.find((entry) => entry.format === 'globals');
  const key = file === undefined ? null : deps.vault.catalogue.fileKey(backup, file.name);
  const globals = key === null ? '' : (await deps.vault.storage.read(key)).toString('utf8');
  const statements = statementsFor(globals, missing);
  const described = statements.filter((statement) => /^CREATE/i.test(statement)).length;
  const plain =
    described === missing.length ? [] : missing.map((role) => `create role ${quoteIdentifier(role)}`);
  const { session } = attempt.lock;
  await session.query('begin');
  try {
    for (const statement of plain.length > 0 ? plain : statements) await session.query(statement);
    await session.query('commit');
  } catch (error) {
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
  attempt.context.log(`created roles, without passwords: ${missing.join(', ')}`);
}
