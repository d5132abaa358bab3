import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Identity } from './identity.ts';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly identity: Identity;
  /** The signal that ends it cleanly; it also gets that one when we die, however we die. */
  readonly endSignal: 'SIGINT' | 'SIGTERM';
  /** Its output is appended here. */
  readonly log: string;
  /** Given to it on standard input, for what must not stand in argv. */
  readonly input?: string;
  /** Default `/`: a server holds no folder busy. */
  readonly cwd?: string;
}

/** A child that runs until it is stopped. */
export interface Child {
  readonly pid: number;
  /** Resolves once it is gone; never rejects. */
  readonly exited: Promise<Exit>;
  running(): boolean;
  /** Sends `endSignal`, and SIGKILL when that has not ended it after the grace. Resolves once it is gone. */
  stop(graceMs?: number): Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts a server in a session of its own (Ctrl-C on the terminal is for us to pass on, in our order) that cannot
 * outlive us: on Linux the kernel signals it when this process dies.
 */
export function startChild(command: ServerCommand): Child {
  const [program, ...args] = withIdentity(command);
  const log = openSync(command.log, 'a', 0o600);
  const child = spawn(program, args, {
    cwd: command.cwd ?? '/',
    env: command.environment,
    detached: true,
    stdio: [command.input === undefined ? 'ignore' : 'pipe', log, log],
  });
  closeSync(log);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(command.input);
  return supervise(child, command);
}

function withIdentity({ program, args, identity, endSignal }: ServerCommand): [string, ...string[]] {
  if (process.platform !== 'linux') return [program, ...args];
  const user = identity.foreign
    ? [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups']
    : [];
  return ['setpriv', ...user, `--pdeathsig=${endSignal.slice(3)}`, '--', program, ...args];
}

function supervise(child: ChildProcess, { endSignal }: ServerCommand): Child {
  let gone = false;
  const exited = new Promise<Exit>((resolve) => {
    const settle = (exit: Exit) => {
      gone = true;
      resolve(exit);
    };
    child.once('exit', (code, signal) => settle({ code, signal }));
    child.once('error', () => settle({ code: 127, signal: null }));
  });
  return {
    pid: child.pid ?? 0,
    exited,
    running: () => !gone,
    async stop(graceMs = 30_000) {
      if (gone) return exited;
      child.kill(endSignal);
      // A stopped (SIGSTOP) server would never hear of it.
      child.kill('SIGCONT');
      const last = setTimeout(() => child.kill('SIGKILL'), graceMs);
      return exited.finally(() => clearTimeout(last));
    },
  };
}
