import { type Manifest, SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';
import { harmlessExtensions } from './foreign/harmless.ts';

export interface MissingExtension {
  readonly name: string;
  readonly version: string;
  readonly available: string | null;
}

export async function missingExtensions(session: Session, manifest: Manifest): Promise<MissingExtension[]> {
  const rows = await session.query<{ name: string }>('select name from pg_available_extensions');
  const available = new Set(rows.map((row) => row.name));
  return manifest.extensions
    .filter((extension) => !available.has(extension.name))
    .map((extension) => ({ name: extension.name, version: extension.version, available: null }));
}

export function missingError(missing: readonly MissingExtension[]): SagekeepError {
  const names = missing.map((extension) => `${extension.name} ${extension.version}`.trim()).join(', ');
  return new SagekeepError(
    'EXTENSION_MISSING',
    `The server cannot provide what the backup needs: ${names}.`,
    {
      advice: 'Install the extension on the server (or use an image that has it), then restore again.',
      facts: { missing },
    },
  );
}

interface Creating {
  readonly user: string;
  readonly superuser: boolean;
  /** Extensions whose control file is not `trusted`: the owner of a database may not create them. */
  readonly untrusted: readonly string[];
}

async function creating(session: Session, manifest: Manifest): Promise<Creating> {
  const [row] = await session.query<Creating>(
    `select current_user as user, (select rolsuper from pg_roles where rolname = current_user) as superuser,
            coalesce((select array_agg(v.name::text)
               from pg_available_extension_versions v join pg_available_extensions e
                 on e.name = v.name and e.default_version = v.version
              where v.superuser and not v.trusted and v.name = any($1)), '{}') as untrusted`,
    [manifest.extensions.map(({ name }) => name)],
  );
  return row ?? { user: '', superuser: false, untrusted: [] };
}

function refused(what: string, advice: string, names: readonly string[]): SagekeepError {
  return new SagekeepError('PERMISSION_MISSING', what, { advice, facts: { extensions: names } });
}

const superuserAdvice =
  'Ask a superuser to run this restore: put one into the database URL for it (POSTGRES_USER of a container is one), ' +
  'or, where you may, mark the extension "trusted = true" in its control file on the server.';

/**
 * What stands in the way of creating the extensions: rights of ours, or the powerlessness of a stranger's file. Null when
 * nothing does. Read-only.
 */
export async function extensionObstacle(
  session: Session,
  manifest: Manifest,
  strangers: boolean,
): Promise<SagekeepError | null> {
  const { user, superuser, untrusted } = await creating(session, manifest);
  if (!superuser && untrusted.length > 0) {
    const names = untrusted.join(', ');
    return refused(
      `${JSON.stringify(user)} may not create the extension ${names}, which is not marked as trusted: only a superuser may.`,
      superuserAdvice,
      untrusted,
    );
  }
  const unsafe = untrusted.filter((name) => !harmlessExtensions.includes(name));
  if (!strangers || unsafe.length === 0) return null;
  return refused(
    `The file asks for the extension ${unsafe.join(', ')}, which only a superuser may create; an untrusted file is restored as a role that is none.`,
    'If you know who wrote the file and what is in it, restore with --trust-file.',
    unsafe,
  );
}
