import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A PostgreSQL server with its client tools, as found on this machine. */
export interface PostgresInstallation {
  readonly major: number;
  /** Folder of `initdb`, `postgres`, `pg_dump` … */
  readonly bin: string;
  /** Whether pgvector can be created in its databases. */
  readonly vector: boolean;
}

export interface Installed {
  /** Newest first. */
  readonly postgres: readonly PostgresInstallation[];
  /** Majors whose client tools are there, with a server or without. */
  readonly tools: readonly number[];
  /** Paths of the programs, null where there is none. */
  readonly redis: string | null;
  readonly chromium: string | null;
}

export interface Places {
  /** Debian's roots; tests give others. */
  readonly libraries?: string;
  readonly shares?: string;
  /** The search path for single programs. */
  readonly path: string;
}

const clientTools = ['pg_dump', 'pg_restore', 'psql'];
const serverPrograms = ['initdb', 'postgres', ...clientTools];

/** Looks for servers where Debian's packages put them, and for programs in the search path. Starts nothing. */
export function findInstalled(places: Places): Installed {
  const libraries = places.libraries ?? '/usr/lib/postgresql';
  const shares = places.shares ?? '/usr/share/postgresql';
  const having = (programs: readonly string[]) =>
    majorsIn(libraries).filter((major) =>
      programs.every((one) => isProgram(join(libraries, `${major}/bin`, one))),
    );
  return {
    postgres: having(serverPrograms).map((major) => ({
      major,
      bin: join(libraries, `${major}/bin`),
      vector: existsSync(join(shares, `${major}/extension/vector.control`)),
    })),
    tools: having(clientTools),
    redis: inPath('redis-server', places.path) ?? inPath('valkey-server', places.path),
    chromium: inPath('chromium', places.path),
  };
}

/** The newest server that can run Sage's database; undefined when there is none. */
export function usablePostgres(installed: Installed): PostgresInstallation | undefined {
  return installed.postgres.find((installation) => installation.vector);
}

function majorsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

function inPath(program: string, path: string): string | null {
  const folders = [...path.split(delimiter), '/usr/bin', '/usr/local/bin', '/usr/sbin'];
  const folder = folders.find((candidate) => candidate !== '' && isProgram(join(candidate, program)));
  return folder === undefined ? null : join(folder, program);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
