import { type Installed, usablePostgres } from './installed.ts';
import type { OperatingSystem } from './osRelease.ts';

/** One thing to install, and why people should let us. */
export interface Missing {
  readonly what: string;
  readonly why: string;
  /** Debian packages that bring it; empty when it is built from source. */
  readonly packages: readonly string[];
}

export interface InstallationPlan {
  readonly missing: readonly Missing[];
  /** PostgreSQL major that pgvector is needed for; null when it is there. */
  readonly vectorFor: number | null;
  /** Whether we know how to install on this system. */
  readonly supported: boolean;
}

/** The PostgreSQL that each Debian release carries. */
const majors: Readonly<Record<string, number>> = { '12': 15, '13': 17 };

/** What is to be started here; client tools are needed in any case. */
export interface Wanted {
  readonly postgres: boolean;
  readonly redis: boolean;
  /** Tests drive a real browser. */
  readonly chromium: boolean;
}

export interface Situation {
  readonly system: OperatingSystem;
  readonly installed: Installed;
  readonly wanted: Wanted;
}

/** What is missing, nothing when all is there. A server that lacks only pgvector is kept. */
export function planInstallation({ system, installed, wanted }: Situation): InstallationPlan {
  const supported = system.id === 'debian' && majors[system.version] !== undefined;
  const major = installed.postgres[0]?.major ?? majors[system.version] ?? 17;
  const vectorFor = wanted.postgres && usablePostgres(installed) === undefined ? major : null;
  const missing: Missing[] = [];
  if (wanted.postgres && installed.postgres.length === 0) missing.push(postgresql(major));
  if (!wanted.postgres && installed.tools.length === 0) missing.push(tools(major));
  if (vectorFor !== null) missing.push(pgvector(major));
  if (wanted.redis && installed.redis === null) missing.push(redis);
  if (wanted.chromium && installed.chromium === null) missing.push(chromium);
  return { missing, vectorFor, supported };
}

function tools(major: number): Missing {
  return {
    what: `client tools of PostgreSQL ${major}`,
    why: 'pg_dump, pg_restore and psql make and restore the backups',
    packages: [`postgresql-client-${major}`],
  };
}

function postgresql(major: number): Missing {
  return {
    what: `PostgreSQL ${major}`,
    why: 'the server of the sample database, and pg_dump, pg_restore, psql',
    packages: [`postgresql-${major}`, `postgresql-client-${major}`],
  };
}

function pgvector(major: number): Missing {
  return {
    what: `pgvector for PostgreSQL ${major}`,
    why: 'the type of the embeddings; built from Debian’s source package where there is no binary one',
    packages: [],
  };
}

const redis: Missing = { what: 'Redis', why: 'it holds the queues', packages: ['redis-server'] };

const chromium: Missing = {
  what: 'Chromium',
  why: 'the tests drive Bull Board in a real browser',
  packages: ['chromium'],
};
