import type { DatabaseProperties } from '@sagekeep/contracts';
import { quoteIdentifier, quoteLiteral, type Session } from '../server/index.ts';
import { parseAclItem } from './acl.ts';
import { setClause } from './settings.ts';

/** A database as `pg_database` has it at this moment, seen from the maintenance database. */
export interface PresentDatabase {
  readonly oid: number;
  readonly name: string;
  readonly bytes: number | null;
  readonly properties: DatabaseProperties;
}

interface Row {
  oid: number;
  name: string;
  owner: string;
  encoding: string;
  collate: string;
  ctype: string;
  raw: Record<string, unknown>;
  comment: string | null;
  limit: number;
  acl: string[] | null;
  tablespace: string;
  settings: { role: string | null; setting: string }[];
}

const text = `
  select d.oid, d.datname as name, pg_get_userbyid(d.datdba) as owner, pg_encoding_to_char(d.encoding) as encoding,
         d.datcollate as collate, d.datctype as ctype, to_jsonb(d) as raw, shobj_description(d.oid, 'pg_database') as comment,
         d.datconnlimit as limit, d.datacl::text[] as acl, t.spcname as tablespace,
         coalesce((select jsonb_agg(jsonb_build_object('role', r.rolname, 'setting', setting))
                     from pg_db_role_setting s cross join unnest(s.setconfig) as setting
                     left join pg_roles r on r.oid = s.setrole
                    where s.setdatabase = d.oid), '[]') as settings
    from pg_database d join pg_tablespace t on t.oid = d.dattablespace`;

const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function presentOf(row: Row): Omit<PresentDatabase, 'bytes'> {
  // Columns that not every major has: by the row's JSON, where a missing one is simply absent.
  const locale = textOrNull(row.raw['datlocale']) ?? textOrNull(row.raw['daticulocale']);
  return {
    oid: row.oid,
    name: row.name,
    properties: {
      owner: row.owner,
      encoding: row.encoding,
      collate: row.collate,
      ctype: row.ctype,
      localeProvider: providers[String(row.raw['datlocprovider'] ?? 'c')] ?? 'libc',
      icuLocale: locale,
      icuRules: textOrNull(row.raw['daticurules']),
      collationVersion: textOrNull(row.raw['datcollversion']),
      comment: row.comment,
      connectionLimit: row.limit,
      acl: row.acl,
      tablespace: row.tablespace,
      settings: row.settings,
    },
  };
}

async function sizeOf(session: Session, oid: number): Promise<number | null> {
  const [row] = await session.query<{ bytes: string | null }>(
    `select case when has_database_privilege($1::oid, 'connect') or pg_has_role('pg_read_all_stats', 'member')
                 then pg_database_size($1::oid) end as bytes`,
    [oid],
  );
  return row?.bytes == null ? null : Number(row.bytes);
}

/** Null when there is no database of that name. */
export async function presentDatabase(session: Session, name: string): Promise<PresentDatabase | null> {
  const [row] = await session.query<Row>(`${text} where d.datname = $1`, [name]);
  return row === undefined ? null : { ...presentOf(row), bytes: await sizeOf(session, row.oid) };
}

/** The same by its OID, without its size, which takes a while to measure; null when it is gone. */
export async function databaseWithOid(
  session: Session,
  oid: number,
): Promise<Omit<PresentDatabase, 'bytes'> | null> {
  const [row] = await session.query<Row>(`${text} where d.oid = $1::oid`, [oid]);
  return row === undefined ? null : presentOf(row);
}

/** What a database is called now; null when it is gone. OIDs tell which database is which, whatever happened since. */
export async function nameOf(session: Session, oid: number): Promise<string | null> {
  const [row] = await session.query<{ name: string }>(
    'select datname as name from pg_database where oid = $1',
    [oid],
  );
  return row?.name ?? null;
}

function grantStatements(name: string, acl: readonly string[] | null, known: ReadonlySet<string>): string[] {
  const database = quoteIdentifier(name);
  // No list means PostgreSQL's own default.
  if (acl === null) return [`grant connect, temporary on database ${database} to public`];
  return acl
    .flatMap(parseAclItem)
    .filter((grant) => grant.grantee === null || known.has(grant.grantee))
    .map((grant) => {
      const to = grant.grantee === null ? 'public' : quoteIdentifier(grant.grantee);
      const option = grant.grantable ? ' with grant option' : '';
      return `grant ${grant.privilege} on database ${database} to ${to}${option}`;
    });
}

function grantees(properties: DatabaseProperties): string[] {
  const names = (properties.acl ?? []).flatMap(parseAclItem).map((grant) => grant.grantee);
  return [...new Set(names.filter((name) => name !== null))];
}

/** Keeps a database for its owner and for us: what used the name before must not find its way in by another one. */
export function seclusionStatements(name: string, present: DatabaseProperties): string[] {
  const database = quoteIdentifier(name);
  const others = grantees(present).filter((grantee) => grantee !== present.owner);
  return [
    ...['public', ...others.map(quoteIdentifier)].map(
      (grantee) => `revoke connect on database ${database} from ${grantee} cascade`,
    ),
    `grant connect on database ${database} to current_user`,
  ];
}

function revokeStatements(name: string, present: DatabaseProperties, owner: string): string[] {
  const names = new Set([...grantees(present), present.owner, owner]);
  return ['public', ...[...names].map(quoteIdentifier)].map(
    (grantee) => `revoke all on database ${quoteIdentifier(name)} from ${grantee} cascade`,
  );
}

function resetStatements(name: string, present: DatabaseProperties): string[] {
  const roles = new Set(present.settings.map((entry) => entry.role).filter((role) => role !== null));
  const database = quoteIdentifier(name);
  return [
    `alter database ${database} reset all`,
    ...[...roles].map((role) => `alter role ${quoteIdentifier(role)} in database ${database} reset all`),
  ];
}

/** Gives the database one setting: its own, or one that a role has in it. */
export function settingStatement(
  name: string,
  { role, setting }: DatabaseProperties['settings'][number],
): string {
  const database = quoteIdentifier(name);
  return role === null
    ? `alter database ${database} ${setClause(setting)}`
    : `alter role ${quoteIdentifier(role)} in database ${database} ${setClause(setting)}`;
}

function settingStatements(name: string, wanted: DatabaseProperties, known: ReadonlySet<string>): string[] {
  return wanted.settings
    .filter(({ role }) => role === null || known.has(role))
    .map((setting) => settingStatement(name, setting));
}

/** `comment on database`, which knows no parameters. */
export function commentStatement(name: string, comment: string | null): string {
  return `comment on database ${quoteIdentifier(name)} is ${comment === null ? 'null' : quoteLiteral(comment)}`;
}

export interface PropertyChange {
  readonly name: string;
  readonly present: DatabaseProperties;
  readonly wanted: DatabaseProperties;
  /** Roles that exist on the server: grants and settings of others are left out. */
  readonly roles: ReadonlySet<string>;
}

/** The statements that give a database exactly the wanted owner, comment, limit, grants and settings. */
export function propertyStatements(change: PropertyChange): string[] {
  const { name, present, wanted, roles } = change;
  const database = quoteIdentifier(name);
  const owner = roles.has(wanted.owner) ? wanted.owner : present.owner;
  return [
    ...(owner === present.owner ? [] : [`alter database ${database} owner to ${quoteIdentifier(owner)}`]),
    commentStatement(name, wanted.comment),
    `alter database ${database} connection limit ${wanted.connectionLimit}`,
    ...revokeStatements(name, present, owner),
    ...grantStatements(name, wanted.acl, roles),
    ...(wanted.acl === null ? [`grant all on database ${database} to ${quoteIdentifier(owner)}`] : []),
    ...resetStatements(name, present),
    ...settingStatements(name, wanted, roles),
  ];
}

export async function rolesOf(session: Session): Promise<Set<string>> {
  const rows = await session.query<{ name: string }>('select rolname as name from pg_roles');
  return new Set(rows.map((row) => row.name));
}
