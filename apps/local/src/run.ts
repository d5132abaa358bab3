import { setTimeout as delay } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import type { Checkout } from './checkout.ts';
import type { Environment } from './stack/given.ts';
import { becomeTheOnlyOne } from './stack/onlyOne.ts';
import { tail } from './stack/processes.ts';
import { logFile } from './stack/servers.ts';
import { readStackFile, removeRunFiles, writeStackFile } from './stack/stackFile.ts';
import { type LocalStack, startStack } from './stack/start.ts';
import { createSupervisor, type Supervisor } from './stack/supervise.ts';

export interface RunOptions {
  readonly checkout: Checkout;
  readonly environment: Environment;
  readonly say: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What to do with the stack; the signal is aborted when it ends, for whatever reason. */
export type Use = (local: LocalStack, signal: AbortSignal) => Promise<void>;

/**
 * Starts the stack, lets `use` work with it, and ends everything that was started: worker, API, Redis, PostgreSQL.
 * Whatever happens, also half-way. Rejects with what went wrong first; a stop by people is no fault.
 */
export async function withStack(options: RunOptions, use: Use): Promise<void> {
  const { checkout, say } = options;
  const only = await becomeTheOnlyOne(checkout);
  removeRunFiles(checkout);
  const supervisor = createSupervisor({
    say,
    changed: () => updatePids(checkout, supervisor.pids()),
    now: () => performance.now(),
  });
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  try {
    const work = async () => use(await startStack({ ...options, signal }, supervisor), signal);
    await Promise.race([work(), brokenBy(supervisor.gaveUp, checkout), untilStopped(signal)]);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    ended.abort();
    removeRunFiles(checkout);
    await stopAll(supervisor, say);
    only.release();
  }
}

async function stopAll(supervisor: Supervisor, say: RunOptions['say']): Promise<void> {
  if (Object.keys(supervisor.pids()).length === 0) return;
  say('Stopping what was started here: worker, API, servers …');
  await supervisor.stop();
  say('Stopped.');
}

async function brokenBy(gaveUp: Promise<string>, checkout: Checkout): Promise<never> {
  const reason = await gaveUp;
  const part = reason.split(' ')[0] ?? '';
  throw new SagekeepError('INTERNAL', `${reason}. Its last words:\n${tail(logFile(checkout, part))}`, {
    advice: `See ${logFile(checkout, part)}.`,
  });
}

/** Rejects as soon as people want to stop. */
export async function untilStopped(signal: AbortSignal): Promise<never> {
  // A timer cannot be longer than 24 days.
  for (;;) await delay(2 ** 30, undefined, { signal });
}

function updatePids(checkout: Checkout, pids: Record<string, number>): void {
  const stack = readStackFile(checkout);
  if (stack !== undefined) writeStackFile(checkout, { ...stack, pids });
}
