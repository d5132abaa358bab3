import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import { type Connection, startupOptions } from '../server/index.ts';
import { openPrivateFolder, type PrivateFolder } from '../temporary/index.ts';

/** Settings that every reading of content needs, so that equal rows have equal text on both sides. */
export const contentSettings: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  bytea_output: 'hex',
  xmlbinary: 'base64',
};

export interface ToolEnvironment {
  /** All that the child sees of an environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes the password file. Never throws. */
  dispose(): Promise<void>;
}

/** A child needs no more than this to find its own helpers. */
const path = { PATH: '/usr/local/bin:/usr/bin:/bin' };

/** Messages are English, texts UTF-8, times UTC. */
const language = { LC_ALL: 'C.UTF-8', LC_MESSAGES: 'C', PGCONNECT_TIMEOUT: '10', TZ: 'UTC' };

const noFile = '/dev/null/none';

/** The line of a password file that answers for every server. Throws `CONFIGURATION_INVALID` for a line break. */
export function passwordLine(password: string): string {
  if (/[\r\n\0]/.test(password)) {
    throw new SagekeepError(
      'CONFIGURATION_INVALID',
      'The password of a database URL contains a line break.',
      {
        advice: 'Client tools cannot be given such a password: choose another one.',
      },
    );
  }
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}`;
}

async function passwordFile(password: string): Promise<PrivateFolder> {
  const line = passwordLine(password);
  const folder = await openPrivateFolder();
  await writeFile(join(folder.path, 'pgpass'), `${line}\n`, { mode: 0o600, flag: 'wx' });
  return folder;
}

function connectionVariables(connection: Connection): Record<string, string> {
  const files = {
    PGSSLROOTCERT: connection.sslRootCert,
    PGSSLCERT: connection.sslCert,
    PGSSLKEY: connection.sslKey,
  };
  return {
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGUSER: connection.user,
    // By the environment and not by -d, where a name with `=` would be read as a connection string.
    PGDATABASE: connection.dbname,
    PGSSLMODE: connection.sslMode,
    ...Object.fromEntries(
      Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null),
    ),
  };
}

/** The environment of a tool that talks to no server. */
export function plainEnvironment(): ToolEnvironment {
  return { env: { ...path, ...language }, dispose: () => Promise.resolve() };
}

/** What a tool needs to know of a server and its session; everything but the password. */
export function sessionVariables(
  connection: Connection,
  applicationName: string,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...language,
    ...connectionVariables(connection),
    PGAPPNAME: applicationName,
    PGOPTIONS: startupOptions(settings),
    // A file of the user's own must not answer for us; a path that cannot exist is passed over silently.
    PGSERVICEFILE: noFile,
  };
}

/**
 * The environment of a tool that talks to a server. The password is only in a 0600 file in a private folder;
 * `dispose` removes it.
 */
export async function serverEnvironment(
  connection: Connection,
  applicationName: string,
  settings: Readonly<Record<string, string>>,
): Promise<ToolEnvironment> {
  const folder = connection.password === null ? null : await passwordFile(connection.password);
  return {
    env: {
      ...path,
      ...sessionVariables(connection, applicationName, settings),
      PGPASSFILE: folder === null ? noFile : join(folder.path, 'pgpass'),
    },
    async dispose() {
      await folder?.remove();
    },
  };
}
