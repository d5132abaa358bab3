import type { ChildProcess } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { execa } from 'execa';
import { openRelay } from '../exec/index.ts';
import { plainEnvironment, serverEnvironment } from './environment.ts';
import { startToolInside } from './runInside.ts';
import { createTail } from './tail.ts';
import { scrub, toolError } from './toolError.ts';
import type { RunningTool, ToolRun } from './toolRun.ts';

let deathSignal: Promise<readonly string[]> | undefined;

/** `setpriv --pdeathsig` lets a tool die with this process, even when that is killed with -9 (Linux). */
function withDeathSignal(): Promise<readonly string[]> {
  deathSignal ??= access('/usr/bin/setpriv', constants.X_OK).then(
    () => (process.platform === 'linux' ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL'] : []),
    () => [],
  );
  return deathSignal;
}

/**
 * Starts a tool: as a child of this process, or inside the database's container where that is how its server is reached.
 * pg_restore always runs here, where the archive is, and reaches such a server through a relay.
 */
export async function startTool(run: ToolRun): Promise<RunningTool> {
  run.signal.throwIfAborted();
  const { connection } = run;
  const inside = connection?.inside ?? null;
  if (connection === undefined || inside === null) return startChild(run);
  if (basename(run.file) !== 'pg_restore') return startToolInside(run, inside);
  const relay = await openRelay(inside, connection);
  const here = { ...connection, host: relay.folder, inside: null };
  try {
    const tool = await startChild({ ...run, connection: here });
    const done = tool.done
      .catch((error: unknown) => {
        run.signal.throwIfAborted();
        throw relay.trouble() ?? error;
      })
      .finally(() => relay.close());
    done.catch(() => undefined);
    return { ...tool, done };
  } catch (error) {
    await relay.close();
    throw error;
  }
}

/** Starts a tool as a child: no shell, an argv array, an environment of our own making. */
async function startChild(run: ToolRun): Promise<RunningTool> {
  const secret = run.connection?.password ?? null;
  const environment =
    run.connection === undefined
      ? plainEnvironment()
      : await serverEnvironment(run.connection, run.applicationName ?? 'sagekeep', run.settings ?? {});
  const [file = run.file, ...args] = [...(await withDeathSignal()), run.file, ...run.args];
  const child = execa(file, args, {
    env: { ...environment.env },
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cancelSignal: run.signal,
    forceKillAfterDelay: run.killGraceMs,
  });
  const tail = createTail((line) => run.onLine?.(scrub(line, secret)));
  child.stderr.on('data', (chunk: Buffer) => tail.add(chunk));
  // A tool that ends early closes its stdin; `done` tells why, not this EPIPE.
  child.stdin.on('error', () => undefined);

  const settle = async () => {
    const result = await child;
    await environment.dispose();
    const words = scrub(tail.end(), secret);
    if (!result.failed) return;
    const { exitCode, signal } = result;
    // A tool that failed by itself tells why, also when others were ended because of it. One that ended well has not failed.
    const ended = exitCode === undefined || exitCode === 0 || words.includes('terminated by user');
    if (run.signal.aborted && ended) throw run.signal.reason;
    throw toolError({ file: run.file, exitCode, signal, words, cause: result.cause });
  };
  const done = settle();
  // Whoever started the tool awaits `done` later; until then a rejection must not end the process.
  done.catch(() => undefined);
  const stdout = untilItIsRead(child.stdout);
  dropWhenAborted(child.nodeChildProcess, stdout, run);
  return { pid: child.pid, stdin: child.stdin, stdout, done };
}

/** execa lets output that nobody reads within one turn of the event loop flow away; this keeps it for a later reader. */
function untilItIsRead(output: Readable): Readable {
  const kept = output.pipe(new PassThrough());
  output.once('error', (error) => kept.destroy(error));
  kept.once('close', () => output.destroy());
  return kept;
}

/**
 * A tool counts as ended when its output does: once it is told to stop, what it left unread must not wait for a reader who
 * may never begin, nor its last words for a child of its own that a frozen server holds (a worker of `pg_restore --jobs`).
 */
function dropWhenAborted(
  child: ChildProcess,
  stdout: Readable,
  { signal, killGraceMs }: Pick<ToolRun, 'signal' | 'killGraceMs'>,
): void {
  let exited = false;
  let late: NodeJS.Timeout | undefined;
  const drop = () => {
    if (!exited || !signal.aborted) return;
    stdout.destroy(signal.reason);
    late ??= setTimeout(() => child.stderr?.destroy(), killGraceMs);
  };
  child.once('close', () => {
    clearTimeout(late);
    signal.removeEventListener('abort', drop);
  });
  // Whoever reads is told by what he reads with.
  stdout.on('error', () => undefined);
  signal.addEventListener('abort', drop, { once: true });
  child.once('exit', () => {
    exited = true;
    drop();
  });
}

/** Runs a tool whose output is small (at most `maxBytes`, default 64 MiB) and returns its stdout. */
export async function runTool(run: ToolRun & { input?: string; maxBytes?: number }): Promise<string> {
  const tool = await startTool(run);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const limit = run.maxBytes ?? 64 * 1024 * 1024;
  const read = async () => {
    for await (const chunk of tool.stdout as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
    }
  };
  tool.stdin.end(run.input ?? '');
  const reading = read();
  reading.catch(() => undefined);
  // Also after an abort nothing of the tool goes on behind the caller's back, and no password file is left.
  await tool.done;
  await reading;
  if (bytes > limit)
    throw toolError({ file: run.file, exitCode: 0, signal: undefined, words: 'Too much output.' });
  return Buffer.concat(chunks).toString('utf8');
}
