import { setTimeout as after } from 'node:timers/promises';
import { type Configuration, type DatabaseConfig, isSagekeepError, type Log } from '@sagekeep/contracts';
import { type ContainerEvent, findLabelled } from '@sagekeep/engine';
import {
  type Jobs,
  type LabelledDatabase,
  readLabelled,
  readSecretFile,
  withLabelled,
} from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';
import { settle } from './settle.ts';

const everyMs = 5 * 60_000;
const againMs = 5_000;

/** Databases found by the labels of their containers, beside the configured ones. */
export interface LabelledDatabases {
  /**
   * Every database that is known now: configured, or labelled beside this or another worker. Never throws: without the
   * storage those that this worker reaches.
   */
  all(): Promise<readonly DatabaseConfig[]>;
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

export interface LabelledOptions {
  readonly configuration: Pick<Configuration, 'databases' | 'docker'>;
  readonly vault: Vault;
  readonly jobs: Jobs;
  readonly log: Log;
  /** Told every secret before its database can be seen. */
  readonly learn: (secrets: readonly string[]) => void;
  readonly now: () => Date;
}

/** Asks Docker at once, after events of labelled containers and every five minutes, until it is stopped. */
export function createLabelled(options: LabelledOptions): LabelledDatabases {
  const { configuration, vault, log } = options;
  const { host, labels } = configuration.docker;
  const here = new Map<string, DatabaseConfig>();
  const reached = () => [...configuration.databases, ...here.values()];
  const asked = Promise.withResolvers<void>();
  const ending = new AbortController();
  let wake = Promise.withResolvers<void>();
  const look =
    host === null || labels === null ? null : createLook({ ...options, host, label: labels, here });

  async function lookForEver(): Promise<void> {
    while (look !== null && !ending.signal.aborted) {
      wake = Promise.withResolvers();
      const whole = await look().catch((error: unknown) => {
        log.warn({ err: error }, 'labelled containers could not be looked for; tried again soon');
        return false;
      });
      asked.resolve();
      const pause = after(whole ? everyMs : againMs, undefined, { signal: ending.signal, ref: false });
      await Promise.race([wake.promise, pause.catch(() => undefined)]);
    }
    asked.resolve();
  }
  const ended = lookForEver();

  return {
    async all() {
      const records = await vault.records.list('databases').catch(() => null);
      return records === null ? reached() : withLabelled(configuration.databases, records.items, here);
    },
    here: reached,
    asked: asked.promise,
    hear({ container, labels: carried }) {
      const known = [...here.values()].some((database) => database.container === container);
      if (known || Object.keys(carried).some((name) => name.startsWith('sagekeep.'))) wake.resolve();
    },
    lookAgain: () => wake.resolve(),
    async stop() {
      ending.abort();
      wake.resolve();
      await ended;
    },
  };
}

interface LookOptions extends LabelledOptions {
  readonly host: string;
  readonly label: string;
  /** What this worker reaches; brought up to date by every look. */
  readonly here: Map<string, DatabaseConfig>;
}

/** Resolves with whether everything could be done; what could not is worth another look soon. */
function createLook(options: LookOptions): () => Promise<boolean> {
  const { configuration, vault, log, learn, here, now } = options;
  const seen = new Set<string>();
  let silence: string | null = null;
  return async () => {
    const answer = await findLabelled(options.host, options.label);
    if (answer.kind === 'silent') {
      if (silence !== answer.text) log.warn({ why: answer.text }, 'labelled containers cannot be looked for');
      silence = answer.text;
      return true;
    }
    silence = null;
    const around = { self: answer.self, readSecret: readSecretFile };
    const found = readLabelled(answer.labelled, configuration.databases, around);
    const { items: records } = await vault.records.list('databases');
    const { put, forget } = settle({ found, present: answer.present, records, seen, at: now() });
    for (const { containerId } of found) seen.add(containerId);
    const ready = readyOf(
      found.filter(({ name }) => put.some(({ id, state }) => id === name && state === 'ready')),
    );
    for (const { secrets } of ready) learn(secrets);
    here.clear();
    for (const { config } of ready) here.set(config.name, config);
    for (const record of put) {
      const before = records.find(({ id }) => id === record.id);
      const { name, container, state, why } = record;
      if (before?.state !== state)
        log.info({ database: name, container, state, why }, 'a labelled container');
      await vault.records.put('databases', record.id, record);
    }
    for (const id of forget) {
      log.info({ database: id }, 'a container is not labelled any more: its database is forgotten');
      await vault.records.remove('databases', id);
    }
    return firstBackups(options, [...here.keys()]);
  };
}

function readyOf(found: readonly LabelledDatabase[]) {
  return found.flatMap(({ outcome }) => (outcome.state === 'ready' ? [outcome] : []));
}

/** A database without any backup gets one, once. False when the queue could not be told. */
async function firstBackups({ vault, jobs, log }: LookOptions, names: readonly string[]): Promise<boolean> {
  for (const database of names) {
    const { backups, damaged } = await vault.catalogue.list({ database });
    if (backups.length + damaged.length > 0) continue;
    try {
      const payload = { database, reason: 'manual', label: 'first backup', by: 'label' } as const;
      await jobs.add('backup', payload, { idempotencyKey: `labelled:${database}` });
    } catch (error) {
      if (!isSagekeepError(error, 'QUEUE_UNAVAILABLE')) throw error;
      return false;
    }
    log.info({ database }, 'the first backup of a labelled container is enqueued');
  }
  return true;
}
