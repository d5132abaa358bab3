import { setClause } from '../restore/settings.ts';
import { queryOne, quoteIdentifier, quoteLiteral, type Session } from '../server/index.ts';

interface Role {
  name: string;
  /** Whether an object of the database names it, and not only another role. */
  direct: boolean;
  attributes: string[];
  limit: number;
  validUntil: string | null;
  settings: string[] | null;
}
interface Membership {
  role: string;
  member: string;
  options: Record<string, unknown>;
}

/**
 * Roles that the database's objects, grants, policies and settings name, the given owners (the server's first role is
 * in no dependency), and, step by step, every role that these are members of.
 */
const used = `
  with recursive named as (
    select refobjid as oid from pg_shdepend
     where refclassid = 'pg_authid'::regclass
       and (dbid = (select oid from pg_database where datname = current_database())
            or (dbid = 0 and classid = 'pg_database'::regclass
                and objid = (select oid from pg_database where datname = current_database())))
    union select datdba from pg_database where datname = current_database()
    union select setrole from pg_db_role_setting
     where setdatabase = (select oid from pg_database where datname = current_database()) and setrole <> 0
    union select oid from pg_roles where rolname = any ($1)
  ), used as (
    select oid from named
    union select m.roleid from pg_auth_members m join used u on u.oid = m.member
  )`;

const rolesQuery = `${used}
  select r.rolname as name, r.oid in (select oid from named) as direct, r.rolconnlimit as limit,
         r.rolvaliduntil::text as "validUntil", r.rolconfig as settings,
         array_remove(array[
           case when r.rolsuper then 'SUPERUSER' else 'NOSUPERUSER' end,
           case when r.rolinherit then 'INHERIT' else 'NOINHERIT' end,
           case when r.rolcreaterole then 'CREATEROLE' else 'NOCREATEROLE' end,
           case when r.rolcreatedb then 'CREATEDB' else 'NOCREATEDB' end,
           case when r.rolcanlogin then 'LOGIN' else 'NOLOGIN' end,
           case when r.rolreplication then 'REPLICATION' else 'NOREPLICATION' end,
           case when r.rolbypassrls then 'BYPASSRLS' else 'NOBYPASSRLS' end], null) as attributes
    from pg_roles r join used using (oid) order by r.rolname`;

/** By the snapshot's own names: `pg_get_userbyid` has those of the moment. */
const membershipsQuery = `${used}
  select g.rolname as role, r.rolname as member, to_jsonb(m) as options
    from pg_auth_members m join used u on u.oid = m.member
    join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member order by 1, 2`;

/** What is stored is what a server needs to check a password. Superusers and members of pg_read_all_data may read it. */
const mayReadPasswords = `
  select current_user as user, has_table_privilege('pg_catalog.pg_authid', 'select') as allowed`;

const passwordsQuery = `
  select rolname as name, rolpassword as stored from pg_authid
   where rolname = any ($1) and rolpassword is not null order by 1`;

/** Predefined roles exist on every server that knows them. */
const isPredefined = (name: string) => name.startsWith('pg_');

function roleStatements(role: Role): string[] {
  const name = quoteIdentifier(role.name);
  const limit = role.limit === -1 ? '' : ` CONNECTION LIMIT ${role.limit}`;
  const until = role.validUntil === null ? '' : ` VALID UNTIL ${quoteLiteral(role.validUntil)}`;
  return [
    `CREATE ROLE ${name};`,
    `ALTER ROLE ${name} WITH ${role.attributes.join(' ')}${limit}${until};`,
    ...(role.settings ?? []).map((setting) => `ALTER ROLE ${name} ${setClause(setting)};`),
  ];
}

function grantStatement({ role, member, options }: Membership): string {
  const grant = `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)}`;
  const admin = options['admin_option'] === true;
  // Since PostgreSQL 16 a membership says how it may be used.
  if (typeof options['inherit_option'] !== 'boolean') return `${grant}${admin ? ' WITH ADMIN OPTION' : ''};`;
  const inherit = options['inherit_option'] ? 'TRUE' : 'FALSE';
  const set = options['set_option'] === true ? 'TRUE' : 'FALSE';
  return `${grant} WITH ADMIN ${admin ? 'TRUE' : 'FALSE'}, INHERIT ${inherit}, SET ${set};`;
}

export interface Globals {
  /** Roles that the dump refers to by name. */
  readonly roles: readonly string[];
  /** `globals.sql`. */
  readonly sql: string;
  /** Whether passwords are in it, and what follows from that. */
  readonly note: string;
}

interface Passwords {
  readonly statements: readonly string[];
  readonly note: string;
  /** A comment for the head of the file. */
  readonly comment: string;
}

function headerWith(comment: string): string {
  return `-- Roles and memberships that the database refers to, for psql on a server that lacks them.
-- ${comment}
-- A role that exists already makes its CREATE ROLE fail and is altered: run this without ON_ERROR_STOP.
`;
}

const leftOut =
  'Passwords are left out: set them with \\password or ALTER ROLE before anybody has to log in.';

/** The stored passwords of roles, when the user may read them: asked first, an error would end the transaction. */
async function readPasswords(session: Session, names: readonly string[]): Promise<Passwords> {
  const { user, allowed } = await queryOne<{ user: string; allowed: boolean }>(session, mayReadPasswords);
  if (!allowed) {
    const note = `globals.sql holds no passwords: ${user} may not read pg_authid. Roles made from it need one before they can log in.`;
    return { statements: [], note, comment: leftOut };
  }
  const rows = await session.query<{ name: string; stored: string }>(passwordsQuery, [names]);
  return {
    statements: rows.map(
      ({ name, stored }) => `ALTER ROLE ${quoteIdentifier(name)} PASSWORD ${quoteLiteral(stored)};`,
    ),
    note:
      rows.length === 0
        ? 'globals.sql holds no passwords: no role in it has one.'
        : `globals.sql holds the stored passwords (hashes) of ${rows.length} roles: keep it as secret as the server.`,
    comment: 'Passwords are in it as the server stores them: keep it secret.',
  };
}

/** Reads the roles inside the snapshot's transaction. `owners` are the owners that the archive names. */
export async function readGlobals(session: Session, owners: readonly string[]): Promise<Globals> {
  const roles = await session.query<Role>(rolesQuery, [owners]);
  const memberships = await session.query<Membership>(membershipsQuery, [owners]);
  const own = roles.filter(({ name }) => !isPredefined(name));
  const passwords = await readPasswords(
    session,
    own.map(({ name }) => name),
  );
  const statements = [
    ...own.flatMap(roleStatements),
    ...passwords.statements,
    ...memberships.map(grantStatement),
  ];
  return {
    roles: roles.filter(({ direct }) => direct).map(({ name }) => name),
    sql: `${headerWith(passwords.comment)}\n${statements.join('\n')}\n`,
    note: passwords.note,
  };
}
