import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import type { Checkout } from '../checkout.ts';
import { type Child, startChild } from '../servers/child.ts';
import { ownIdentity } from '../servers/identity.ts';
import { logFile } from './servers.ts';
import type { Part } from './supervise.ts';

export interface ProcessOptions {
  readonly checkout: Checkout;
  readonly environment: Record<string, string>;
}

/** The worker: it takes jobs as soon as it runs. */
export function workerPart(options: ProcessOptions): Part<Child> {
  return { name: 'worker', start: async () => spawnApp('worker', options) };
}

/** The API; started once `/readyz` says so. */
export function apiPart(options: ProcessOptions & { readonly url: string }): Part<Child> {
  return {
    name: 'api',
    async start() {
      const child = spawnApp('api', options);
      await ready(child, options);
      return child;
    },
  };
}

function spawnApp(name: 'api' | 'worker', { checkout, environment }: ProcessOptions): Child {
  const log = logFile(checkout, name);
  writeFileSync(log, '', { mode: 0o600 });
  return startChild({
    program: process.execPath,
    args: [join(checkout.root, 'apps', name, 'src/main.ts')],
    environment,
    identity: ownIdentity(),
    endSignal: 'SIGTERM',
    log,
    cwd: checkout.root,
  });
}

async function ready(child: Child, { checkout, url }: ProcessOptions & { url: string }): Promise<void> {
  const limit = AbortSignal.timeout(60_000);
  while (!(await answersReady(url))) {
    if (!child.running() || limit.aborted) {
      await child.stop();
      throw new SagekeepError('API_UNAVAILABLE', `The API did not start: ${tail(logFile(checkout, 'api'))}`, {
        advice: `See ${logFile(checkout, 'api')}.`,
      });
    }
    await Promise.race([delay(60), child.exited]);
  }
}

async function answersReady(url: string): Promise<boolean> {
  const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

/** The last lines of a log, for a message. */
export function tail(file: string, lines = 8): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-lines).join('\n');
}
