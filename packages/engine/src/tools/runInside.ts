import { basename } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as after } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import {
  execError,
  firstLine,
  type Inside,
  type ProcessInside,
  type RunningExec,
  signalInside,
  startExec,
} from '../exec/index.ts';
import { passwordLine, sessionVariables } from './environment.ts';
import { createTail, type Tail } from './tail.ts';
import { scrub, toolError } from './toolError.ts';
import type { RunningTool, ToolRun } from './toolRun.ts';

/**
 * The password comes as the first line of standard input and lives in a private file for as long as the tool runs;
 * the tool's process id goes out as the first line of standard output, because Docker cannot signal an exec.
 */
const script = `
umask 077
folder=$(mktemp -d) || exit 125
trap 'rm -rf "$folder"' EXIT
IFS= read -r line
printf '%s\\n' "$line" >"$folder/pgpass"
PGPASSFILE=$folder/pgpass
export PGPASSFILE
exec 3<&0
sh -c 'echo $$; exec "$@"' sh "$@" <&3 3<&- &
wait $!
`;

interface Waiting {
  readonly signal: AbortSignal;
  readonly inside: Inside;
}

interface Started {
  readonly run: ToolRun;
  readonly inside: Inside;
  readonly exec: RunningExec;
  readonly tail: Tail;
  readonly process: ProcessInside;
}

/** Starts a client tool inside the database's container, with the same promises as `startTool`. */
export async function startToolInside(run: ToolRun, inside: Inside): Promise<RunningTool> {
  const secret = run.connection?.password ?? null;
  const tail = createTail((line) => run.onLine?.(scrub(line, secret)));
  const applicationName = run.applicationName ?? 'sagekeep';
  const exec = await startExec(inside, {
    command: ['sh', '-c', script, 'sh', basename(run.file), ...run.args],
    env:
      run.connection === undefined
        ? {}
        : sessionVariables(run.connection, applicationName, run.settings ?? {}),
    onError: (chunk) => tail.add(chunk),
    signal: run.signal,
  });
  // A tool that ends early closes its stdin; `done` tells why, not this EPIPE.
  exec.stdin.on('error', () => undefined);
  exec.stdin.write(`${secret === null ? '' : passwordLine(secret)}\n`);
  const line = await firstLineOf(exec, { signal: run.signal, inside });
  run.signal.throwIfAborted();
  if (!/^\d+$/.test(line)) {
    exec.destroy();
    throw notStarted(inside, line === '' ? scrub(tail.end(), secret) : line);
  }
  const process = { pid: Number(line), applicationName };
  const done = settle({ run, inside, exec, tail, process });
  // Whoever started the tool awaits `done` later; until then a rejection must not end the process.
  done.catch(() => undefined);
  return { pid: undefined, stdin: exec.stdin, stdout: exec.stdout, done };
}

/** A container that is paused says nothing for as long as it is: an abort does not wait for it. */
async function firstLineOf(exec: RunningExec, { signal, inside }: Waiting): Promise<string> {
  const onAbort = () => exec.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await firstLine(exec.stdout);
  } catch (error) {
    signal.throwIfAborted();
    throw execError(error, inside);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function settle(started: Started): Promise<void> {
  const { run, inside, exec, tail } = started;
  const ended = new AbortController();
  const onAbort = () => void end(started, ended.signal);
  run.signal.addEventListener('abort', onAbort, { once: true });
  if (run.signal.aborted) onAbort();
  try {
    const cut = await outputEnds(exec);
    const exitCode = await exec.exitCode().catch(() => null);
    const words = scrub(tail.end(), run.connection?.password ?? null);
    if (exitCode === 0 && cut === null) return;
    if (run.signal.aborted) throw run.signal.reason;
    if (exitCode === null) letGoOf(started);
    if (exitCode === null || exitCode === 0) throw lostSight(started, cut);
    throw failure({ run, inside, exitCode, words });
  } finally {
    ended.abort();
    run.signal.removeEventListener('abort', onAbort);
  }
}

/** Waits for the end of the output; resolves with what cut it off, null when nothing did. */
function outputEnds({ stdout }: RunningExec): Promise<unknown> {
  return finished(stdout, { writable: false }).then(
    () => null,
    (error: unknown) => error,
  );
}

/** SIGTERM inside, SIGKILL after the grace; then the stream is let go of, in case Docker itself is gone. */
async function end({ run, inside, exec, process }: Started, ended: AbortSignal): Promise<void> {
  for (const send of ['TERM', 'KILL'] as const) {
    // Not awaited: a Docker that hangs would hold the abort up.
    signalInside(inside, { ...process, send }, ended).catch(() => undefined);
    await after(run.killGraceMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
  }
  exec.destroy();
}

/** Docker lets an exec that nobody hears run on. Not awaited: a Docker that is gone would hold the failure up. */
function letGoOf({ run, inside, process }: Started): void {
  const within = AbortSignal.timeout(run.killGraceMs);
  signalInside(inside, { ...process, send: 'TERM' }, within).catch(() => undefined);
}

function failure(about: { run: ToolRun; inside: Inside; exitCode: number; words: string }): SagekeepError {
  const { run, inside, exitCode, words } = about;
  if (exitCode === 126 || exitCode === 127) return notStarted(inside, words);
  const signal = { 130: 'SIGINT', 137: 'SIGKILL', 143: 'SIGTERM' }[exitCode];
  const file = `${basename(run.file)} in ${inside.container}`;
  return toolError({ file, exitCode: signal === undefined ? exitCode : undefined, signal, words });
}

function notStarted({ container }: Inside, words: string): SagekeepError {
  return new SagekeepError(
    'TOOLS_MISSING',
    `A client tool cannot be run inside ${container}: ${words.trim()}`,
    {
      advice: 'The container needs pg_dump, psql, sh and bash, as official images have; or use run: network.',
      facts: { container },
    },
  );
}

function lostSight({ run, inside }: Started, cause: unknown): SagekeepError {
  const tool = basename(run.file);
  const text = `Docker lost sight of ${tool} in ${inside.container}: its output is not whole.`;
  return new SagekeepError('TOOL_FAILED', text, {
    retryable: true,
    advice: 'Look whether the container or Docker was restarted; the job can be run again.',
    cause,
  });
}
