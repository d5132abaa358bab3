import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import type Docker from 'dockerode';
import { answered, answeredWithin, dockerClient } from '../docker/index.ts';
import { createDemultiplexer } from './demultiplex.ts';

/** A container in which commands are run, and the Docker that runs it. */
export interface Inside {
  readonly dockerHost: string;
  /** Its exact name. */
  readonly container: string;
}

export interface ExecRun {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Hears standard error, piece by piece. */
  readonly onError: (chunk: Buffer) => void;
  /** Gives up while Docker has not yet started it; the command itself is ended by `signalInside`. */
  readonly signal?: AbortSignal;
}

/** A Docker that takes longer than this to start a command hangs, ms. */
const answerMs = 30_000;

export interface RunningExec {
  /** Ending it is seen inside as the end of standard input. */
  readonly stdin: Writable;
  /** Standard output alone; ends with an error when the stream was cut off. */
  readonly stdout: Readable;
  /** The exit code, once both streams have ended: Docker knows none before. Null when Docker lost it. */
  exitCode(): Promise<number | null>;
  /** Lets go of the stream. The command inside does not notice: see `signalInside`. */
  destroy(): void;
}

/** Whatever Docker refuses, in words that tell what to do. */
export function execError(error: unknown, { container }: Inside): SagekeepError {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  const reason = error instanceof Error ? error.message : String(error);
  const advice =
    statusCode === 403
      ? `Docker's proxy allows no exec there: use docker-compose.docker.yml with ${container} named in SAGEKEEP_EXEC_CONTAINERS (the names are joined by |), or run: network.`
      : 'Check that the container runs and that the worker reaches Docker, or use run: network.';
  const gone = statusCode === 404 || statusCode === 409;
  const code = gone ? 'CONTAINER_NOT_RUNNING' : 'SERVER_UNREACHABLE';
  return new SagekeepError(code, `Nothing can be run inside the container ${container}: ${reason}`, {
    retryable: statusCode !== 403,
    advice,
    facts: { container },
    cause: error,
  });
}

const askAgainMs = 20;
const settledWithinMs = 5_000;

/** Docker needs a moment between the end of the streams and the exit code. */
async function exitCodeOf(exec: Docker.Exec): Promise<number | null> {
  for (const end = performance.now() + settledWithinMs; performance.now() < end; await after(askAgainMs)) {
    const { Running, ExitCode } = await answeredWithin(exec.inspect(), { ms: settledWithinMs });
    if (!Running && ExitCode !== null) return ExitCode;
  }
  return null;
}

/**
 * Runs a command inside a container, without a terminal. Throws the signal's reason, or what `execError` makes of
 * Docker's refusal and of its silence.
 */
export async function startExec(inside: Inside, run: ExecRun): Promise<RunningExec> {
  const { exec, socket } = await begin(inside, run);
  const stdout = createDemultiplexer(run.onError);
  // Not a pipeline: that would also end stdin, which is the same socket, with the output.
  socket.on('error', (error) => stdout.destroy(error));
  // Whoever reads is told by what he reads with.
  stdout.on('error', () => undefined);
  socket.on('close', () => {
    if (!socket.readableEnded) stdout.destroy(new Error('Docker closed the connection (premature close).'));
  });
  socket.pipe(stdout);
  return {
    stdin: socket,
    stdout,
    exitCode: () => exitCodeOf(exec),
    destroy() {
      socket.destroy();
      // Unread output never ends by itself, even when the socket has.
      stdout.destroy(new Error('The connection to Docker was let go of (premature close).'));
    },
  };
}

async function begin(
  inside: Inside,
  { command, env = {}, signal: outer = new AbortController().signal }: ExecRun,
): Promise<{ exec: Docker.Exec; socket: Duplex }> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(answerMs)]);
  const container = dockerClient(inside.dockerHost).getContainer(inside.container);
  try {
    const created = container.exec({
      Cmd: [...command],
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const exec = await answered(created, signal);
    // Without `hijack` there is no back-pressure, and late output is lost.
    const started = exec.start({ hijack: true, stdin: true });
    started.then(
      (late) => signal.aborted && late.destroy(),
      () => undefined,
    );
    return { exec, socket: await answered(started, signal) };
  } catch (error) {
    outer.throwIfAborted();
    throw execError(error, inside);
  }
}
