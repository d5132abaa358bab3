import { type OperatingSystem, releaseMajor } from '@sagekeep/contracts';
import { type Installed, usablePostgres } from './installed.ts';

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
  /** A server's major whose backups would fail for want of client tools that the release does not have; else null. */
  readonly toolsElsewhere: number | null;
  /** Whether the backups of any other server can be made, so that a start is worth while. */
  readonly servesAny: boolean;
  /** Whether we know how to install on this system. */
  readonly supported: boolean;
}

/** What is to be started here; client tools are needed in any case. */
export interface Wanted {
  readonly postgres: boolean;
  readonly redis: boolean;
  /** PostgreSQL majors of the servers that are not started here, as far as they are known. */
  readonly tools: readonly number[];
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
  const own = releaseMajor(system);
  const supported = system.id === 'debian' && own !== null;
  const major = installed.postgres[0]?.major ?? own ?? 17;
  const vectorFor = wanted.postgres && usablePostgres(installed) === undefined ? major : null;
  const clients = wanted.postgres ? nothing : clientTools({ system, installed, wanted });
  const missing: Missing[] = clients.install === null ? [] : [tools(clients.install)];
  if (wanted.postgres && installed.postgres.length === 0) missing.push(postgresql(major));
  if (vectorFor !== null) missing.push(pgvector(major));
  if (wanted.redis && installed.redis === null) missing.push(redis);
  if (wanted.chromium && installed.chromium === null) missing.push(chromium);
  return { missing, vectorFor, supported, toolsElsewhere: clients.elsewhere, servesAny: clients.servesAny };
}

interface ClientTools {
  /** The release's own major, when it is of use. */
  readonly install: number | null;
  readonly elsewhere: number | null;
  readonly servesAny: boolean;
}

const nothing: ClientTools = { install: null, elsewhere: null, servesAny: true };

/** Tools newer than a server do for its backups, with a warning; older ones refuse it. */
function clientTools({ system, installed, wanted }: Situation): ClientTools {
  const own = releaseMajor(system);
  if (wanted.tools.length === 0)
    return { ...nothing, install: installed.tools.length === 0 ? (own ?? 17) : null };
  const wish = wanted.tools.filter((major) => !installed.tools.includes(major));
  const unserved = wish.filter((major) => installed.tools.every((there) => there < major));
  const helps = own !== null && unserved.some((major) => major <= own);
  const elsewhere = unserved.filter((major) => own === null || own < major);
  return {
    install: helps ? own : null,
    elsewhere: elsewhere.length === 0 ? null : Math.max(...elsewhere),
    servesAny: wanted.tools.some((major) => !elsewhere.includes(major)),
  };
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
