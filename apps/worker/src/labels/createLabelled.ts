import { setTimeout as after } from 'node:timers/promises';
import type { Configuration, DatabaseConfig } from '@sagekeep/contracts';
import type { ContainerEvent } from '@sagekeep/engine';
import { withLabelled } from '@sagekeep/runtime';
import { createLook, type LookOptions } from './look.ts';

const everyMs = 5 * 60_000;
const againMs = 5_000;

/** Databases found by the labels of their containers, beside the configured ones. */
export interface LabelledDatabases {
  /**
   * Every database that is known now: configured, or labelled beside this or another worker. Never throws: without the
   * storage those that this worker reaches.
   */
  all(): Promise<readonly DatabaseConfig[]>;
  /** The same, but throws without the storage: for whoever ends or removes what belongs to no database any more. */
  known(): Promise<readonly DatabaseConfig[]>;
  /** Those that this worker reaches, as of its last look. */
  here(): readonly DatabaseConfig[];
  /** Resolves when Docker has been asked once; nothing is thrown. */
  readonly asked: Promise<void>;
  /** An event of a container: one that may change what is found has Docker asked again. */
  hear(event: ContainerEvent): void;
  /** Has Docker asked again now. */
  lookAgain(): void;
  stop(): Promise<void>;
}

export interface LabelledOptions
  extends Omit<LookOptions, 'configuration' | 'host' | 'label' | 'here' | 'onRecord'> {
  readonly configuration: Pick<Configuration, 'databases' | 'docker'>;
}

/** Asks Docker at once, after events of labelled containers and every five minutes, until it is stopped. */
export function createLabelled(options: LabelledOptions): LabelledDatabases {
  const { configuration, vault } = options;
  const here = new Map<string, DatabaseConfig>();
  const reached = () => [...configuration.databases, ...here.values()];
  const onRecord = new Set<string>();
  const looking = lookForEver(options, { here, onRecord });
  const known = async () =>
    withLabelled(configuration.databases, await vault.records.list('databases'), here);
  return {
    all: () => known().catch(reached),
    known,
    here: reached,
    asked: looking.asked,
    hear({ container, labels }) {
      const wanted = configuration.docker.labels?.split('=')[0];
      if (onRecord.has(container) || (wanted !== undefined && wanted in labels)) looking.wake();
    },
    lookAgain: looking.wake,
    stop: looking.stop,
  };
}

interface Looking {
  readonly asked: Promise<void>;
  wake(): void;
  stop(): Promise<void>;
}

function lookForEver(options: LabelledOptions, found: Pick<LookOptions, 'here' | 'onRecord'>): Looking {
  const { host, labels } = options.configuration.docker;
  if (host === null || labels === null)
    return { asked: Promise.resolve(), wake: () => undefined, stop: async () => undefined };
  const look = createLook({ ...options, ...found, host, label: labels });
  const asked = Promise.withResolvers<void>();
  const ending = new AbortController();
  let woken = Promise.withResolvers<void>();
  const wake = () => woken.resolve();

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      woken = Promise.withResolvers();
      const whole = await look().catch((error: unknown) => {
        options.log.warn({ err: error }, 'labelled containers could not be looked for; tried again soon');
        return false;
      });
      asked.resolve();
      const over = new AbortController();
      const pause = after(whole ? everyMs : againMs, undefined, { signal: over.signal, ref: false });
      await Promise.race([woken.promise, pause.catch(() => undefined)]);
      over.abort();
    }
  }
  const ended = run();
  return {
    asked: asked.promise,
    wake,
    async stop() {
      ending.abort();
      wake();
      await ended;
    },
  };
}
