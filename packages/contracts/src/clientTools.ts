/** Which system a machine runs, as its `/etc/os-release` says. */
export interface OperatingSystem {
  /** `debian`, `ubuntu`, `fedora` … */
  readonly id: string;
  /** `12`, `13` …; empty where a system has none. */
  readonly version: string;
  /** What people call it, for messages. */
  readonly title: string;
}

/** Reads the text of `/etc/os-release`; fields that are not there are empty. */
export function parseOsRelease(text: string): OperatingSystem {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], unquote(match[2]));
  }
  const id = fields.get('ID') ?? '';
  return {
    id,
    version: fields.get('VERSION_ID') ?? '',
    title: fields.get('PRETTY_NAME') ?? (id === '' ? 'this system' : id),
  };
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted?.[2] ?? text;
}

const releases: Readonly<Record<string, number>> = {
  'debian 12': 15,
  'debian 13': 17,
  'ubuntu 22.04': 14,
  'ubuntu 24.04': 16,
};

/** The one PostgreSQL major that a release carries itself; null where that is not known. */
export function releaseMajor({ id, version }: OperatingSystem): number | null {
  return releases[`${id} ${version}`] ?? null;
}

const usesApt = ({ id }: OperatingSystem) => id === 'debian' || id === 'ubuntu';

/** What to type, as root, for the client tools of a major: a release has one, PostgreSQL's own repository has all. */
export function clientToolsAdvice(major: number | string, system: OperatingSystem): string {
  if (releaseMajor(system) === major) {
    return `Install the client tools of the server's own version: apt-get install postgresql-client-${major}`;
  }
  const how = usesApt(system)
    ? 'from PostgreSQL’s own repository'
    : 'with your package manager, or on Debian and Ubuntu from PostgreSQL’s own repository';
  return (
    'Run the worker from its Docker image, which has client tools of several versions (PG_MAJORS), or install those of the ' +
    `server's own version ${how}: apt-get install -y postgresql-common && ` +
    `/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && apt-get install postgresql-client-${major}`
  );
}
