import { type DatabaseProperties, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { queryOne, quoteIdentifier, type Session, serverVersion } from '../server/index.ts';
import { type PresentDatabase, settingStatement } from './properties.ts';

type Setting = DatabaseProperties['settings'][number];

/** What a user lacks to carry over settings. */
export interface Lacking {
  /** Parameters that it may not set. */
  readonly parameters: readonly string[];
  /** Roles whose settings it may not change. */
  readonly roles: readonly string[];
  /** Those of them that are superusers: no grant changes that. */
  readonly superusers: readonly string[];
}

const parameterOf = ({ setting }: Setting) => setting.slice(0, setting.indexOf('='));

const sorted = (names: readonly string[]) => [...new Set(names)].sort();

/** Tries a statement and undoes it: whether our user lacks the right to it. What else may go wrong is the swap's to meet. */
async function isForbidden(session: Session, statement: string): Promise<boolean> {
  await session.query('savepoint setting');
  try {
    await session.query(statement);
    return false;
  } catch (error) {
    if (session.lost.aborted) throw error;
    return isSagekeepError(error) && error.facts['sqlState'] === '42501';
  } finally {
    if (!session.lost.aborted) await session.query('rollback to savepoint setting');
  }
}

/** The statements of the swap, each right for itself. */
async function tryAll(
  session: Session,
  { name, properties }: PresentDatabase,
): Promise<Omit<Lacking, 'superusers'>> {
  const database = quoteIdentifier(name);
  const none = { parameters: [], roles: [] };
  // No owner may do nothing at all: that is told by itself.
  if (await isForbidden(session, `alter database ${database} reset all`)) return none;
  const parameters: string[] = [];
  const roles: string[] = [];
  for (const setting of properties.settings) {
    const { role } = setting;
    const ofDatabase = settingStatement(name, { ...setting, role: null });
    if (await isForbidden(session, ofDatabase)) parameters.push(parameterOf(setting));
    if (role === null) continue;
    const ofRole = `alter role ${quoteIdentifier(role)} in database ${database} reset all`;
    if (await isForbidden(session, ofRole)) roles.push(role);
  }
  return { parameters: sorted(parameters), roles: sorted(roles) };
}

/** Only the server knows what a user may set, so it is asked, in a transaction that is rolled back. */
async function lackingRights(session: Session, live: PresentDatabase): Promise<Lacking> {
  await session.query('begin');
  try {
    await session.query(`set local lock_timeout = '2s'`);
    const tried = await tryAll(session, live);
    const superusers = await session.query<{ name: string }>(
      'select rolname as name from pg_roles where rolsuper and rolname = any($1)',
      [tried.roles],
    );
    return { ...tried, superusers: superusers.map(({ name }) => name) };
  } finally {
    if (!session.lost.aborted) await session.query('rollback');
  }
}

/** What a superuser may type so that `user` lacks nothing any more, as far as the major has such grants. */
export function settingGrants(
  { parameters, roles, superusers }: Lacking,
  { user, major }: { readonly user: string; readonly major: number },
): string[] {
  const to = quoteIdentifier(user);
  const grantable = roles.filter((role) => !superusers.includes(role)).map(quoteIdentifier);
  const names = parameters.map((name) => name.split('.').map(quoteIdentifier).join('.'));
  return [
    ...(grantable.length === 0 ? [] : [`ALTER ROLE ${to} CREATEROLE;`]),
    ...(major < 16 ? [] : grantable.map((role) => `GRANT ${role} TO ${to} WITH ADMIN OPTION;`)),
    ...(major < 15 ? [] : names.map((name) => `GRANT SET ON PARAMETER ${name} TO ${to};`)),
  ];
}

const otherWays = {
  restore:
    'put a superuser into the database URL for the restore, or restore with --in-place, which leaves them alone',
  undo: 'put a superuser into the database URL for the undo',
};

/**
 * What keeps our user from carrying the live database's settings over to what is swapped in, with the grants that lift
 * it; null when nothing does. Changes nothing.
 */
export async function settingObstacle(
  session: Session,
  live: PresentDatabase,
  purpose: keyof typeof otherWays = 'restore',
): Promise<SagekeepError | null> {
  const { user, superuser } = await queryOne<{ user: string; superuser: boolean }>(
    session,
    'select current_user as user, rolsuper as superuser from pg_roles where rolname = current_user',
  );
  if (superuser || live.properties.settings.length === 0) return null;
  const lacking = await lackingRights(session, live);
  const { parameters, roles } = lacking;
  const names = [...parameters, ...roles.map((role) => `those of the role ${JSON.stringify(role)}`)];
  if (names.length === 0) return null;
  const { major } = await serverVersion(session);
  const grants = settingGrants(lacking, { user, major });
  const typed = grants.length === 0 ? 'Reset' : `As a superuser: ${grants.join(' ')} Or reset`;
  return new SagekeepError(
    'PERMISSION_MISSING',
    `${JSON.stringify(user)} may not carry over settings of ${JSON.stringify(live.name)}: ${names.join(', ')}.`,
    {
      advice: `${typed} them, or ${otherWays[purpose]}.`,
      facts: { parameters, roles },
    },
  );
}
