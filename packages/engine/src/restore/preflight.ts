import { type Manifest, SagekeepError } from '@sagekeep/contracts';
import { queryOne, type ServerVersion, type Session, serverVersion } from '../server/index.ts';
import type { ToolChoice, Tools } from '../tools/index.ts';
import { boundObstacles, type Purpose } from './boundExtensions.ts';
import { extensionObstacle, type MissingExtension, missingError, missingExtensions } from './extensions.ts';
import { loadObstacle } from './loadObstacle.ts';
import { ownerObstacle, ownersIn } from './ownerRights.ts';
import { rolesOf } from './properties.ts';
import type { Dump } from './source.ts';

/** What a server lacks for a restore. */
export interface Needs {
  readonly serverMajor: number;
  readonly serverVersionText: string;
  readonly tools: ToolChoice;
  readonly missingRoles: readonly string[];
  readonly missingExtensions: readonly MissingExtension[];
  /** Each one alone stops a restore. */
  readonly obstacles: readonly SagekeepError[];
}

/** Whether our user may neither create nor rename databases, with what lifts it or goes without. Read-only. */
export async function creationObstacle(session: Session, otherwise = ''): Promise<SagekeepError | null> {
  const { user, createdb } = await queryOne<{ createdb: boolean; user: string }>(
    session,
    `select current_user as user, (rolcreatedb or rolsuper) as createdb from pg_roles where rolname = current_user`,
  );
  if (createdb) return null;
  const name = JSON.stringify(user);
  return new SagekeepError('PERMISSION_MISSING', `${name} may neither create nor rename databases.`, {
    advice: `ALTER ROLE ${name} CREATEDB${otherwise}.`,
  });
}

function roleError(missing: readonly string[]): SagekeepError {
  return new SagekeepError(
    'ROLE_MISSING',
    `Roles that the backup refers to do not exist here: ${missing.join(', ')}.`,
    {
      advice: 'Create them, or restore with --create-roles, which takes them from the backup.',
      facts: { missing },
    },
  );
}

/** Why a server is too old for a backup, and its tools for the archive; null where it is not. */
export function tooOld(
  manifest: Pick<Manifest, 'serverVersion' | 'serverVersionNum'>,
  server: Pick<ServerVersion, 'major' | 'text'>,
  advice = 'Restore it on a server of the same or a newer major.',
): SagekeepError | null {
  if (Math.floor(manifest.serverVersionNum / 10_000) <= server.major) return null;
  return new SagekeepError(
    'VERSION_MISMATCH',
    `The backup comes from PostgreSQL ${manifest.serverVersion}; the server is ${server.text}, an older major.`,
    { advice },
  );
}

export interface NeedsOptions {
  readonly session: Session;
  readonly tools: Tools;
  readonly manifest: Manifest;
  /** The one that would be loaded. */
  readonly dump: Pick<Dump, 'format'>;
  /** The role that will own the restored database. */
  readonly owner: string;
  readonly createRoles: boolean;
  /** In place no database of its own is made, so none of the rights for it are needed. */
  readonly purpose: Purpose;
  /** The dump is run as a role that may do nothing but own the copy. */
  readonly strangers?: boolean;
}

/** Asks a server whether it can take a backup. Read-only. Throws `TOOLS_MISSING` or `TOOLS_TOO_OLD`. */
export async function assessNeeds(options: NeedsOptions): Promise<Needs> {
  const { session, manifest, owner, purpose } = options;
  const version = await serverVersion(session);
  const roles = await rolesOf(session);
  const missingRoles = manifest.roles.filter((role) => !roles.has(role));
  const extensions = await missingExtensions(session, manifest);
  const forbidden = await extensionObstacle(session, manifest, options.strangers ?? false);
  const tools = await options.tools.forServer(version.major);
  const loading = { format: options.dump.format, manifest, tools: tools.tools, serverMajor: version.major };
  const mismatch = tooOld(manifest, version) ?? loadObstacle(loading);
  const creation =
    purpose === 'in-place' ? null : await creationObstacle(session, ', or restore with --in-place');
  const owners = options.strangers === true ? [owner] : [owner, ...ownersIn(manifest)];
  const stranger = await ownerObstacle(session, { owners, serverMajor: version.major });
  return {
    serverMajor: version.major,
    serverVersionText: version.text,
    tools,
    missingRoles,
    missingExtensions: extensions,
    obstacles: [
      ...(mismatch === null ? [] : [mismatch]),
      // Before what is missing: nobody should install an extension in vain.
      ...boundObstacles(manifest, purpose),
      ...(extensions.length === 0 ? [] : [missingError(extensions)]),
      ...(forbidden === null ? [] : [forbidden]),
      ...(missingRoles.length === 0 || options.createRoles ? [] : [roleError(missingRoles)]),
      ...(creation === null ? [] : [creation]),
      ...(stranger === null ? [] : [stranger]),
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
    `${JSON.stringify(dbname)} has prepared transactions, which keep it from being replaced: ${gids.join(', ')}.`,
    { advice: 'COMMIT PREPARED or ROLLBACK PREPARED them, then restore again.', facts: { gids } },
  );
}

export function preparedByDump(gids: readonly string[]): SagekeepError {
  return new SagekeepError(
    'RESTORE_REFUSED',
    `The dump leaves prepared transactions behind, which would keep the copy from going live: ${gids.join(', ')}.`,
    {
      advice: 'pg_dump writes none: take PREPARE TRANSACTION out of the file, or restore another one.',
      facts: { gids },
    },
  );
}
