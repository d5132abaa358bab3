import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface SpawnOptions {
  readonly args?: readonly string[];
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Added to PATH and HOME; nothing else of ours is handed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A Node process of a test's own. `await using` kills it. */
export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Every line so far, both streams, in the order they came. */
  readonly lines: readonly string[];
  /** Resolves with the first line, past or to come, that matches; rejects when it ends without one. */
  line(pattern: RegExp, withinMs?: number): Promise<string>;
  readonly finished: Promise<Finished>;
  kill(signal?: NodeJS.Signals): Promise<Finished>;
}

/** Where the programs themselves keep what Node compiled of them: scripts that are killed start as fast as they do. */
const compiled = resolve(import.meta.dirname, '../../node_modules/.cache/node');

/** Runs a script on this same Node. */
export function spawnNode(script: string, options: SpawnOptions = {}): NodeProcess {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), script, ...(options.args ?? [])], {
    cwd: options.cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: compiled,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watchProcess(child);
}

/** Listens to a child whose outputs are pipes; `send` says how to signal it. */
export function watchProcess(
  child: ChildProcessByStdio<null, Readable, Readable>,
  send: (signal: NodeJS.Signals) => void = (signal) => void child.kill(signal),
): NodeProcess {
  const lines: string[] = [];
  const heard = new EventEmitter();
  heard.setMaxListeners(0);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      heard.emit('line', line);
    });
  }
  const finished = new Promise<Finished>((end) => {
    child.once('close', (code, signal) => {
      end({ code, signal });
      heard.emit('end');
    });
  });
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    send(signal);
    return finished;
  };
  return {
    pid: child.pid ?? 0,
    child,
    lines,
    line: (pattern, withinMs = 60_000) => firstLine({ lines, heard, pattern, withinMs, child }),
    finished,
    kill,
    [Symbol.asyncDispose]: async () => void (await kill()),
  };
}

interface Search {
  readonly lines: readonly string[];
  readonly heard: EventEmitter;
  readonly pattern: RegExp;
  readonly withinMs: number;
  readonly child: ChildProcess;
}

function firstLine({ lines, heard, pattern, withinMs, child }: Search): Promise<string> {
  const past = lines.find((line) => pattern.test(line));
  if (past !== undefined) return Promise.resolve(past);
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(limit);
      heard.off('line', onLine);
      heard.off('end', onEnd);
      act();
    };
    const lost = (why: string) => () =>
      reject(new Error(`${why} before ${pattern}; it said:\n${lines.join('\n')}`));
    const onLine = (line: string) => {
      if (pattern.test(line)) settle(() => resolve(line));
    };
    const onEnd = () => settle(lost('the process ended'));
    const limit = setTimeout(() => settle(lost(`${withinMs} ms passed`)), withinMs);
    if (child.exitCode !== null && child.stdout?.destroyed) return onEnd();
    heard.on('line', onLine);
    heard.on('end', onEnd);
  });
}
