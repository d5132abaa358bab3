import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeProcess, watchProcess } from './processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What a fresh clone has not, or what is too large to copy. */
const left = new Set(['node_modules', 'data', 'backups', '.git', '.vitest', 'coverage']);

/** A checkout of a test's own, in a path with spaces; it shares the installed dependencies. */
export interface CheckoutCopy extends AsyncDisposable {
  readonly path: string;
  readonly stackFile: string;
  /** Who owns it and runs its scripts; null for whoever runs the tests. */
  readonly owner: Owner | null;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** With an owner it has dependencies of its own: others may not be able to enter our folder. */
export function copyOfCheckout(owner: Owner | null = null): CheckoutCopy {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'sage keep ')));
  // Else the data of a server that does not run as us would live, and stay, elsewhere.
  chmodSync(path, 0o711);
  for (const name of readdirSync(root).filter((entry) => !left.has(entry))) {
    cpSync(join(root, name), join(path, name), {
      recursive: true,
      preserveTimestamps: true,
      filter: (file) => basename(file) !== 'node_modules',
    });
  }
  if (owner !== null) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, path]);
  for (const folder of dependencyFolders()) {
    if (owner === null) symlinkSync(join(root, folder), join(path, folder));
    else copyFolder(join(root, folder), join(path, folder));
  }
  return {
    path,
    owner,
    stackFile: join(path, 'data/run/stack.json'),
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true, maxRetries: 20 }),
  };
}

/** Every `node_modules` of the workspace, relative to it. */
function dependencyFolders(): string[] {
  const workspaces = ['apps', 'packages'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => join(kind, name)),
  );
  return ['.', ...workspaces]
    .map((folder) => join(folder, 'node_modules'))
    .filter((f) => existsSync(join(root, f)));
}

/** Costs no room where links to files are possible. */
function copyFolder(from: string, to: string): void {
  try {
    execFileSync('cp', ['-alT', from, to], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-aT', from, to]);
  }
}

/** `npm start` (or another script) in its own process group, as a terminal runs it. */
export interface StartedScript extends NodeProcess {
  /** Pid of the process that leads the stack, below npm and its shell. */
  leader(): Promise<number>;
}

/** Ctrl-C is a signal to the whole group: `kill('SIGINT')` sends it so. */
export function startIn(
  checkout: CheckoutCopy,
  environment: Readonly<Record<string, string>> = {},
  script = 'start',
): StartedScript {
  const home = checkout.owner === null ? process.env['HOME'] : checkout.path;
  const child = spawn('npm', ['run', script], {
    cwd: checkout.path,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: home, ...environment },
    ...checkout.owner,
  });
  const watched = watchProcess(child, (signal) => signalGroup(child.pid ?? 0, signal));
  return { ...watched, leader: async () => findLeader(checkout.path) };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}

function findLeader(path: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const leader = pids.find((pid) => {
    const argv = read(`/proc/${pid}/cmdline`).split('\0');
    return argv[1] === 'apps/local/src/main.ts' && linkOf(`/proc/${pid}/cwd`) === path;
  });
  if (leader === undefined) throw new Error(`no stack runs in ${path}`);
  return Number(leader);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return '';
  }
}
