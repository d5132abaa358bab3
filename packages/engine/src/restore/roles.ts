import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { quoteIdentifier, type Session } from '../server/index.ts';
import type { Attempt } from './attempt.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { rolesOf } from './properties.ts';
import { loginOwner, passwordOwner, rolesIn, statementsFor } from './roleStatements.ts';

/** Sets one stored password inside the transaction. Returns the server's words when it refuses. */
async function setPassword(session: Session, statement: string): Promise<string | null> {
  await session.query('savepoint password');
  try {
    await session.query(statement);
    return null;
  } catch (error) {
    if (!isSagekeepError(error) || session.lost.aborted) throw error;
    await session.query('rollback to savepoint password');
    return error.message;
  }
}

/** Runs the statements, all or none; only passwords may be refused. Returns a note for each that was. */
async function runAll(session: Session, statements: readonly string[]): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  await session.query('begin');
  try {
    for (const statement of statements) {
      const owner = passwordOwner(statement);
      const words = owner === null ? null : await setPassword(session, statement);
      if (owner === null) await session.query(statement);
      else if (words !== null) refused.set(owner, words);
    }
    await session.query('commit');
    return refused;
  } catch (error) {
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** What to tell of roles that now exist and that nobody can log in as. */
function notesOn(statements: readonly string[], refused: ReadonlyMap<string, string>): string[] {
  const withPassword = new Set(statements.map(passwordOwner));
  const without = statements.map(loginOwner).filter((role) => role !== null && !withPassword.has(role));
  return [
    ...[...refused].map(([role, words]) => `The server refused the stored password of ${role}: ${words}`),
    ...(without.length === 0
      ? []
      : [`The backup has no password for ${without.join(', ')}: set one before anybody has to log in.`]),
  ];
}

function globalsDamaged(file: string, missing: readonly string[]): SagekeepError {
  return new SagekeepError(
    'FILE_DAMAGED',
    `${file}, which describes the roles, is damaged: its digest differs from the manifest's, so no role is made from it.`,
    {
      advice: `Create the missing roles by hand (${missing.join(', ')}) and restore without --create-roles, or restore another backup.`,
      facts: { file, missing },
    },
  );
}

/** SQLSTATEs of a role that somebody else has made since we looked, such as the restore of another database. */
const madeMeanwhile: readonly unknown[] = ['42710', '23505'];
const rounds = 5;

/** All that are missing, or none; those that somebody else makes meanwhile are missing no more. */
async function makeRoles(
  session: Session,
  { globals, missing }: { globals: string; missing: readonly string[] },
) {
  // Also those that the missing ones are members of.
  const all = [...new Set([...missing, ...rolesIn(globals)])];
  for (let round = 1; ; round += 1) {
    const present = await rolesOf(session);
    const wanted = all.filter((role) => !present.has(role));
    const undescribed = wanted.filter((role) => !rolesIn(globals).includes(role));
    const statements = [
      ...undescribed.map((role) => `create role ${quoteIdentifier(role)}`),
      ...statementsFor(globals, wanted),
    ];
    try {
      return { wanted, statements, refused: await runAll(session, statements) };
    } catch (error) {
      const isMade = isSagekeepError(error) && madeMeanwhile.includes(error.facts['sqlState']);
      if (!isMade || round === rounds) throw error;
    }
  }
}

/**
 * Makes the missing roles as the backup's globals describe them, with their stored passwords when these are in it and
 * the server takes them. Returns what to tell: whoever has no password cannot log in. Throws `FILE_DAMAGED`, before it has
 * made any, when the globals are not what the manifest says.
 */
export async function createMissingRoles(
  deps: RestoreDependencies,
  options: { attempt: Omit<Attempt, 'phases'>; missing: readonly string[] },
): Promise<readonly string[]> {
  const { attempt, missing } = options;
  const { backup } = attempt.source;
  const file = backup?.manifest.files.find((entry) => entry.format === 'globals');
  if (file !== undefined && attempt.choice.damaged.includes(file.name)) {
    throw globalsDamaged(file.name, missing);
  }
  const key = file === undefined || backup === null ? null : deps.vault.catalogue.fileKey(backup, file.name);
  const globals = key === null ? '' : (await deps.vault.storage.read(key)).toString('utf8');
  const { wanted, statements, refused } = await makeRoles(attempt.lock.session, { globals, missing });
  if (wanted.length > 0) attempt.context.log(`created roles: ${wanted.join(', ')}`);
  const notes = notesOn(statements, refused);
  for (const note of notes) attempt.context.log(note);
  return notes;
}
