import { SagekeepError } from '@sagekeep/contracts';
import type { KnownDatabase } from './known.ts';

/** The old scripts' `-d`, `-c` and `-u`. */
export interface OldFlags {
  readonly database?: string | undefined;
  readonly container?: string | undefined;
  readonly user?: string | undefined;
}

/** The dbname that the old scripts took when nothing was said. */
const oldDefault = 'sage_memory';

/**
 * The configured database that the old flags mean: `-d` its name or dbname, `-c` its container, `-u` must be its user.
 * Without any: the only one, or the one that the old scripts knew. Throws `UNKNOWN_DATABASE` or `INVALID_INPUT`.
 */
export function chooseDatabase(known: readonly KnownDatabase[], flags: OldFlags): KnownDatabase {
  const fitting = known.filter((each) => fits(each, flags));
  const [only] = fitting;
  if (only === undefined) throw unknownDatabase(known, flags);
  const chosen = fitting.length === 1 ? only : fitting.find((each) => isOldDefault(each));
  if (chosen === undefined) {
    throw new SagekeepError('INVALID_INPUT', 'Several databases are configured: say which with -d.', {
      advice: `They are: ${fitting.map((each) => each.name).join(', ')}.`,
    });
  }
  checkUser(chosen, flags.user);
  return chosen;
}

function fits(each: KnownDatabase, { database, container }: OldFlags): boolean {
  const byDatabase = database === undefined || each.name === database || each.dbname === database;
  return byDatabase && (container === undefined || each.container === container);
}

function isOldDefault({ name, dbname }: KnownDatabase): boolean {
  return dbname === oldDefault || name === 'sage';
}

function checkUser({ name, user }: KnownDatabase, wanted: string | undefined): void {
  if (wanted === undefined || user === wanted) return;
  const text =
    user === null ? 'and nobody here can tell which user it is' : `which is configured with user ${user}`;
  throw new SagekeepError('INVALID_INPUT', `-u ${wanted} does not fit ${name}, ${text}.`, {
    advice: 'Leave -u out: the user is part of the configuration.',
  });
}

function unknownDatabase(known: readonly KnownDatabase[], { database, container }: OldFlags): SagekeepError {
  const wanted = [
    ...(database === undefined ? [] : [`-d ${database}`]),
    ...(container === undefined ? [] : [`-c ${container}`]),
  ].join(' ');
  const names = known.map(({ name, dbname, container: box }) => {
    const others = [dbname === null ? '' : `dbname ${dbname}`, box === null ? '' : `container ${box}`];
    return `${name}${others.some(Boolean) ? ` (${others.filter(Boolean).join(', ')})` : ''}`;
  });
  return new SagekeepError('UNKNOWN_DATABASE', `No configured database fits ${wanted || 'this'}.`, {
    advice: `Configured: ${names.join('; ') || 'none'}.`,
  });
}
