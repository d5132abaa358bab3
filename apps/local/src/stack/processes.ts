import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { workerNodeOptions } from '@sagekeep/runtime';
import type { Checkout } from '../checkout.ts';
import { type Child, startChild } from '../servers/child.ts';
import { ownIdentity } from '../servers/identity.ts';
import { freePortNear } from '../servers/ports.ts';
import { onFreePort, PortTaken } from '../servers/retryPort.ts';
import { logFile } from './servers.ts';
import type { Part, Running } from './supervise.ts';

export interface WorkerOptions {
  readonly checkout: Checkout;
  readonly environment: Record<string, string>;
}

export interface ApiOptions {
  readonly checkout: Checkout;
  readonly environment: (port: number) => Record<string, string>;
  /** The port that people asked for: this one or none. */
  readonly port: number | undefined;
  /** Tells our API from another one that took the port a moment before. */
  readonly token: string;
}

export interface RunningApi extends Running {
  readonly url: string;
}

/** Where the API of a single checkout is found. */
const usualPort = 8420;

/** The worker: it takes jobs as soon as it runs. */
export function workerPart(options: WorkerOptions): Part<Child> {
  return { name: 'worker', start: async () => spawnApp('worker', options) };
}

/** The API; started once it is ready, on the usual port or a free one. Started again it keeps its port. */
export function apiPart(options: ApiOptions): Part<RunningApi> {
  let { port } = options;
  return {
    name: 'api',
    async start() {
      const running = await startApi(port, options);
      port = Number(new URL(running.url).port);
      return running;
    },
  };
}

async function startApi(fixed: number | undefined, options: ApiOptions): Promise<RunningApi> {
  if (fixed !== undefined) return launchApi(fixed, options);
  try {
    return await launchApi(await freePortNear(usualPort), options);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    return onFreePort(undefined, (port) => launchApi(port, options));
  }
}

async function launchApi(port: number, options: ApiOptions): Promise<RunningApi> {
  const child = spawnApp('api', { checkout: options.checkout, environment: options.environment(port) });
  const url = `http://127.0.0.1:${port}`;
  const limit = AbortSignal.timeout(60_000);
  while (!(await isOurs(url, options.token))) {
    if (!child.running() || limit.aborted || portIsTaken(options.checkout)) {
      await child.stop();
      throw failedToStart(options, port);
    }
    await Promise.race([delay(60), child.exited]);
  }
  return { pid: child.pid, exited: child.exited, stop: child.stop, url };
}

function failedToStart({ checkout, port: wished }: ApiOptions, port: number): Error {
  const words = tail(logFile(checkout, 'api'));
  const taken = portIsTaken(checkout);
  if (taken && wished === undefined) return new PortTaken();
  return new SagekeepError('API_UNAVAILABLE', `The API did not start: ${words}`, {
    advice: taken
      ? `SAGEKEEP_PORT asks for ${port}, which is taken: set another one, or none.`
      : `See ${logFile(checkout, 'api')}.`,
  });
}

/** It says so at once, whatever keeps it from ending. */
function portIsTaken(checkout: Checkout): boolean {
  return readFileSync(logFile(checkout, 'api'), 'utf8').includes('EADDRINUSE');
}

function spawnApp(name: 'api' | 'worker', { checkout, environment }: WorkerOptions): Child {
  const log = logFile(checkout, name);
  writeFileSync(log, '', { mode: 0o600 });
  return startChild({
    program: process.execPath,
    args: [...(name === 'worker' ? workerNodeOptions : []), join(checkout.root, 'apps', name, 'src/main.ts')],
    environment,
    identity: ownIdentity(),
    endSignal: 'SIGTERM',
    log,
    cwd: checkout.root,
  });
}

/** Ready, and it knows the token of this start. */
async function isOurs(url: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return (await answersOk(`${url}/readyz`, {})) && (await answersOk(`${url}/v1/jobs`, headers));
}

async function answersOk(url: string, headers: Record<string, string>): Promise<boolean> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) }).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

/** The last lines of a log, for a message. */
export function tail(file: string, lines = 8): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-lines).join('\n');
}
