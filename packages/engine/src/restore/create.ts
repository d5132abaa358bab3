import type { DatabaseProperties } from '@sagekeep/contracts';
import { quoteIdentifier, quoteLiteral, type Session, serverVersion } from '../server/index.ts';
import { commentStatement, presentDatabase, rolesOf, seclusionStatements } from './properties.ts';

/** By this a sweep knows a database as ours whatever it is called. */
export const commentMark = 'sagekeep:';

function localeClauses(wanted: DatabaseProperties, major: number): string[] {
  const libc = [`lc_collate = ${quoteLiteral(wanted.collate)}`, `lc_ctype = ${quoteLiteral(wanted.ctype)}`];
  if (major < 15 || wanted.localeProvider === 'libc') return libc;
  const locale = quoteLiteral(wanted.icuLocale ?? '');
  if (wanted.localeProvider === 'builtin')
    return [...libc, 'locale_provider = builtin', `builtin_locale = ${locale}`];
  const rules =
    wanted.icuRules === null || major < 16 ? [] : [`icu_rules = ${quoteLiteral(wanted.icuRules)}`];
  return [...libc, 'locale_provider = icu', `icu_locale = ${locale}`, ...rules];
}

async function tablespaceClause(session: Session, wanted: DatabaseProperties): Promise<string[]> {
  if (wanted.tablespace === 'pg_default') return [];
  const found = await session.query('select 1 from pg_tablespace where spcname = $1', [wanted.tablespace]);
  return found.length === 0 ? [] : [`tablespace = ${quoteIdentifier(wanted.tablespace)}`];
}

export interface NewDatabase {
  readonly name: string;
  readonly wanted: DatabaseProperties;
  /** What people read in `\l+`; says whose it is and what for. */
  readonly comment: string;
  /** Owner of the new database; null is the connected user. */
  readonly owner: string | null;
}

/**
 * Creates an empty database from template0 with the recorded encoding and locale, closed to PUBLIC, and returns its
 * OID. Database-level settings are left out on purpose: `default_transaction_read_only` alone would break the build.
 */
export async function createDatabase(session: Session, database: NewDatabase): Promise<number> {
  const { major } = await serverVersion(session);
  const { wanted, name } = database;
  const options = [
    ...(database.owner === null ? [] : [`owner = ${quoteIdentifier(database.owner)}`]),
    'template = template0',
    `encoding = ${quoteLiteral(wanted.encoding)}`,
    ...localeClauses(wanted, major),
    ...(await tablespaceClause(session, wanted)),
  ];
  await session.query(`create database ${quoteIdentifier(name)} with ${options.join(' ')}`);
  await session.query(commentStatement(name, `${commentMark} ${database.comment}`));
  const present = await presentDatabase(session, name);
  if (present === null) throw new Error('the database that was just created is gone');
  for (const statement of seclusionStatements(name, present.properties)) await session.query(statement);
  return present.oid;
}

/** The recorded owner where that role exists here, else null: the connected user then owns the copy. */
export async function ownerHere(session: Session, wanted: DatabaseProperties): Promise<string | null> {
  return (await rolesOf(session)).has(wanted.owner) ? wanted.owner : null;
}
