import { type Manifest, SagekeepError } from '@sagekeep/contracts';
import { queryOne, type Session, serverVersion } from '../server/index.ts';
import { rolesOf } from './properties.ts';

/** What a server lacks for a restore. */
export interface Needs {
  readonly serverMajor: number;
  readonly serverVersionText: string;
  readonly missingRoles: readonly string[];
  readonly missingExtensions: readonly { name: string; version: string; available: string | null }[];
  /** Each one alone stops a restore. */
  readonly obstacles: readonly SagekeepError[];
}

async function rights(
  session: Session,
  owner: string,
): Promise<{ createdb: boolean; member: boolean; user: string }> {
  return queryOne(
    session,
    `select current_user as user, (rolcreatedb or rolsuper) as createdb,
            coalesce((select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = $1), true) as member
       from pg_roles where rolname = current_user`,
    [owner],
  );
}

async function missingExtensions(session: Session, manifest: Manifest) {
  const rows = await session.query<{ name: string; version: string }>(
    'select name, default_version as version from pg_available_extensions',
  );
  const available = new Map(rows.map((row) => [row.name, row.version]));
  return manifest.extensions
    .filter((extension) => !available.has(extension.name))
    .map((extension) => ({ name: extension.name, version: extension.version, available: null }));
}

interface Installable {
  name: string;
  superuser: boolean;
}

/** Extensions that only a superuser can create, where we are none. */
async function forbiddenExtensions(session: Session, manifest: Manifest): Promise<string[]> {
  const rows = await session.query<Installable>(
    `select v.name, v.superuser and not v.trusted as superuser
       from pg_available_extension_versions v join pg_available_extensions e
         on e.name = v.name and e.default_version = v.version
      where not (select rolsuper from pg_roles where rolname = current_user)`,
  );
  const forbidden = new Set(rows.filter((row) => row.superuser).map((row) => row.name));
  return manifest.extensions.map(({ name }) => name).filter((name) => forbidden.has(name));
}

function forbiddenError(names: readonly string[], user: string): SagekeepError {
  return new SagekeepError(
    'PERMISSION_MISSING',
    `${user} may not create the extension ${names.join(', ')}: only a superuser may.`,
    { advice: 'Use a superuser in the database URL for the restore (as POSTGRES_USER of a container is).' },
  );
}

function extensionError(missing: Needs['missingExtensions']): SagekeepError {
  const names = missing.map((extension) => `${extension.name} ${extension.version}`).join(', ');
  return new SagekeepError(
    'EXTENSION_MISSING',
    `The server cannot provide what the backup needs: ${names}.`,
    {
      advice: 'Install the extension on the server (or use an image that has it), then restore again.',
      facts: { missing },
    },
  );
}

function roleError(missing: readonly string[]): SagekeepError {
  return new SagekeepError(
    'ROLE_MISSING',
    `Roles that the backup refers to do not exist here: ${missing.join(', ')}.`,
    {
      advice:
        'Create them, or restore with --create-roles, which takes them from the backup (without passwords).',
      facts: { missing },
    },
  );
}

function newerError(manifest: Manifest, server: string): SagekeepError {
  return new SagekeepError(
    'VERSION_MISMATCH',
    `The backup comes from PostgreSQL ${manifest.serverVersion}; the server is ${server}, an older major.`,
    { advice: 'Restore it on a server of the same or a newer major.' },
  );
}

function rightError(what: string, advice: string): SagekeepError {
  return new SagekeepError('PERMISSION_MISSING', what, { advice });
}

export interface NeedsOptions {
  readonly session: Session;
  readonly manifest: Manifest;
  /** The role that will own the restored database. */
  readonly owner: string;
  readonly createRoles: boolean;
  /** No database of its own is made, so none of the rights for it are needed. */
  readonly inPlace?: boolean;
}

/** Asks a server whether it can take a backup. Read-only. */
export async function assessNeeds(options: NeedsOptions): Promise<Needs> {
  const { session, manifest, owner, inPlace = false } = options;
  const version = await serverVersion(session);
  const roles = await rolesOf(session);
  const missingRoles = manifest.roles.filter((role) => !roles.has(role));
  const extensions = await missingExtensions(session, manifest);
  const forbidden = await forbiddenExtensions(session, manifest);
  const right = await rights(session, owner);
  const name = JSON.stringify(right.user);
  return {
    serverMajor: version.major,
    serverVersionText: version.text,
    missingRoles,
    missingExtensions: extensions,
    obstacles: [
      ...(Math.floor(manifest.serverVersionNum / 10_000) > version.major
        ? [newerError(manifest, version.text)]
        : []),
      ...(extensions.length === 0 ? [] : [extensionError(extensions)]),
      ...(forbidden.length === 0 ? [] : [forbiddenError(forbidden, name)]),
      ...(missingRoles.length === 0 || options.createRoles ? [] : [roleError(missingRoles)]),
      ...(right.createdb || inPlace
        ? []
        : [
            rightError(
              `${name} may not create databases.`,
              `ALTER ROLE ${name} CREATEDB, or restore with --in-place.`,
            ),
          ]),
      ...(right.member
        ? []
        : [
            rightError(
              `${name} is no member of the owner ${JSON.stringify(owner)}.`,
              `GRANT ${owner} TO ${name}.`,
            ),
          ]),
    ],
  };
}

/** Prepared transactions make a rename fail, and nobody may decide about them but their owner. */
export async function preparedTransactions(session: Session, dbname: string): Promise<string[]> {
  const rows = await session.query<{ gid: string }>('select gid from pg_prepared_xacts where database = $1', [
    dbname,
  ]);
  return rows.map((row) => row.gid);
}

export function preparedError(dbname: string, gids: readonly string[]): SagekeepError {
  return new SagekeepError(
    'RESTORE_REFUSED',
    `${JSON.stringify(dbname)} has prepared transactions, which keep it from being swapped: ${gids.join(', ')}.`,
    { advice: 'COMMIT PREPARED or ROLLBACK PREPARED them, then restore again.', facts: { gids } },
  );
}
