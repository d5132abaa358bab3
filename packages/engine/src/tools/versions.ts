import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clientToolsAdvice, type OperatingSystem, SagekeepError } from '@sagekeep/contracts';
import { execa } from 'execa';
import { mayLoad } from './loads.ts';
import { thisSystem } from './thisSystem.ts';

/** pg_dump, pg_restore and psql of one version, found in one folder. */
export interface ClientTools {
  readonly major: number;
  /** As the tools say it, e.g. `15.20 (Debian 15.20-0+deb12u1)`. */
  readonly version: string;
  /** Major × 10000 + minor, comparable with `server_version_num`. */
  readonly versionNum: number;
  readonly folder: string;
  readonly pgDump: string;
  readonly pgRestore: string;
  readonly psql: string;
}

const oldestMajor = 12;
const newestMajor = 40;

async function subfolders(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

/** Folders whose name tells the major version: of Debian, the PostgreSQL packages and Homebrew, newest first. */
async function versionedFolders(): Promise<string[]> {
  const versioned: string[] = [];
  const debian = await subfolders('/usr/lib/postgresql');
  const redHat = await subfolders('/usr');
  const homebrew = await subfolders('/opt/homebrew/opt');
  for (let major = newestMajor; major >= oldestMajor; major -= 1) {
    if (debian.includes(String(major))) versioned.push(`/usr/lib/postgresql/${major}/bin`);
    if (redHat.includes(`pgsql-${major}`)) versioned.push(`/usr/pgsql-${major}/bin`);
    if (homebrew.includes(`postgresql@${major}`)) versioned.push(`/opt/homebrew/opt/postgresql@${major}/bin`);
  }
  return versioned;
}

/** Looked into only when no versioned folder has what is wanted: Debian's are slow wrappers. */
const commonFolders = [
  '/usr/local/pgsql/bin',
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/opt/libpq/bin',
  '/opt/homebrew/bin',
];

/** `pg_dump (PostgreSQL) 15.20 (Debian …)` → its version; null for anything else. */
export function parseToolVersion(output: string): { text: string; num: number } | null {
  const match = /\(PostgreSQL\) ((\d+)(?:\.(\d+))?.*)/.exec(output);
  if (match === null) return null;
  return { text: (match[1] ?? '').trim(), num: Number(match[2]) * 10_000 + Number(match[3] ?? 0) };
}

async function toolsIn(folder: string): Promise<ClientTools | null> {
  const paths = ['pg_dump', 'pg_restore', 'psql'].map((name) => join(folder, name));
  const [pgDump = '', pgRestore = '', psql = ''] = paths;
  try {
    await Promise.all(paths.map((path) => access(path, constants.X_OK)));
  } catch {
    return null;
  }
  const { stdout } = await execa(pgDump, ['--version'], { extendEnv: false, reject: false, timeout: 10_000 });
  const version = parseToolVersion(stdout ?? '');
  if (version === null) return null;
  const major = Math.floor(version.num / 10_000);
  return { major, version: version.text, versionNum: version.num, folder, pgDump, pgRestore, psql };
}

async function toolsInAll(folders: readonly string[]): Promise<ClientTools[]> {
  const found = await Promise.all([...new Set(folders)].map(toolsIn));
  return found.filter((tools) => tools !== null);
}

/** Every complete set of client tools on this machine, the folders given first, then the usual ones. */
export async function findTools(folders: readonly string[] = []): Promise<ClientTools[]> {
  return toolsInAll([...folders, ...(await versionedFolders()), ...commonFolders]);
}

/** What was chosen for a server, and what the reader should know about the choice. */
export interface ToolChoice {
  readonly tools: ClientTools;
  readonly warnings: readonly string[];
}

/**
 * The tools of the server's own major version; else, with a warning, the oldest newer ones, because PostgreSQL does
 * not promise that their output loads into the older server. Throws `TOOLS_MISSING` or `TOOLS_TOO_OLD`.
 */
export function chooseTools(
  found: readonly ClientTools[],
  serverMajor: number,
  system: OperatingSystem = thisSystem(),
): ToolChoice {
  const advice = clientToolsAdvice(serverMajor, system);
  const own = found.find((tools) => tools.major === serverMajor);
  if (own !== undefined) return { tools: own, warnings: [] };
  const newer = found.filter((tools) => tools.major > serverMajor).sort((a, b) => a.major - b.major)[0];
  if (newer !== undefined) {
    const warning =
      `The client tools are of version ${newer.major}, the server is ${serverMajor}: their output ` +
      `${mayLoad(newer.major, serverMajor) ? 'may' : 'does'} not load into a server of version ${serverMajor}. ${advice}`;
    return { tools: newer, warnings: [warning] };
  }
  const newest = Math.max(0, ...found.map((tools) => tools.major));
  if (newest === 0) {
    throw new SagekeepError('TOOLS_MISSING', 'pg_dump, pg_restore and psql were not found on this machine.', {
      advice,
    });
  }
  throw new SagekeepError(
    'TOOLS_TOO_OLD',
    `The newest client tools here are of version ${newest}; the server is ${serverMajor}.`,
    { advice, facts: { newest, serverMajor } },
  );
}

export interface Tools {
  /** Tools for a server of that major version; see `chooseTools`. */
  forServer(serverMajor: number): Promise<ToolChoice>;
  installed(): Promise<ClientTools[]>;
}

/** Looks for tools once; looks again only while what was asked for is missing. */
export function createTools(folders: readonly string[] = []): Tools {
  let known: ClientTools[] = [];
  const knows = (major: number) => known.some((tools) => tools.major === major);
  return {
    async forServer(serverMajor) {
      if (!knows(serverMajor)) known = await toolsInAll([...folders, ...(await versionedFolders())]);
      if (!knows(serverMajor)) known = await findTools(folders);
      return chooseTools(known, serverMajor);
    },
    installed: () => findTools(folders),
  };
}
