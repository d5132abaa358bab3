import {
  type Configuration,
  type DatabaseConfig,
  type DatabaseRecord,
  isSagekeepError,
  type LabelledLook,
  type Log,
} from '@sagekeep/contracts';
import { findLabelled } from '@sagekeep/engine';
import { type Jobs, type LabelledDatabase, readLabelled, readSecretFile } from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';
import { type Settled, settle } from './settle.ts';

export interface LookOptions {
  readonly host: string;
  /** `label=value` of the containers to protect. */
  readonly label: string;
  readonly configuration: Pick<Configuration, 'databases'>;
  readonly vault: Vault;
  readonly jobs: Jobs;
  readonly log: Log;
  /** Told every secret before its database can be seen. */
  readonly learn: (secrets: readonly string[]) => void;
  /** What this worker reaches; brought up to date by every look. */
  readonly here: Map<string, DatabaseConfig>;
  /** Names of the containers on record, brought up to date likewise: what happens to them matters without a label, too. */
  readonly onRecord: Set<string>;
  readonly now: () => Date;
}

/**
 * Asks Docker once, brings the records up to date and has what is new backed up. Resolves with whether everything could
 * be done; what could not is worth another look soon. Docker's silence is told once, and changes no record.
 */
export function createLook(options: LookOptions): () => Promise<boolean> {
  const { host, label, log, here } = options;
  const seen = new Set<string>();
  let silence: string | null = null;
  return async () => {
    const answer = await findLabelled(host, label);
    if (answer.kind === 'silent') {
      if (silence !== answer.text) log.warn({ why: answer.text }, 'labelled containers cannot be looked for');
      silence = answer.text;
      return false;
    }
    silence = null;
    await bringUpToDate(options, answer, seen);
    return firstBackups(options, [...here.keys()]);
  };
}

async function bringUpToDate(options: LookOptions, answer: LabelledLook, seen: Set<string>): Promise<void> {
  const { configuration, vault, now } = options;
  const around = { self: answer.self, readSecret: readSecretFile };
  const found = readLabelled(answer.labelled, configuration.databases, around);
  const { items: records } = await vault.records.list('databases');
  const settled = settle({ found, present: answer.present, records, seen, at: now() });
  for (const { containerId } of found) seen.add(containerId);
  show(options, found, settled);
  await keep(options, settled, records);
}

/** From here on jobs reach what is ready, and no log tells its password. */
function show({ learn, here }: LookOptions, found: readonly LabelledDatabase[], { put }: Settled): void {
  here.clear();
  for (const { name, outcome } of found) {
    const isReady = put.some(({ id, state }) => id === name && state === 'ready');
    if (outcome.state !== 'ready' || !isReady) continue;
    learn(outcome.secrets);
    here.set(name, outcome.config);
  }
}

async function keep(
  { vault, log, onRecord }: LookOptions,
  { put, forget }: Settled,
  records: readonly DatabaseRecord[],
): Promise<void> {
  onRecord.clear();
  for (const { id, container } of [...records, ...put]) if (!forget.includes(id)) onRecord.add(container);
  for (const record of put) {
    const before = records.find(({ id }) => id === record.id);
    const { name, container, state, why } = record;
    if (before?.state !== state) log.info({ database: name, container, state, why }, 'a labelled container');
    await vault.records.put('databases', record.id, record);
  }
  for (const id of forget) {
    log.info({ database: id }, 'a container is not labelled any more: its database is forgotten');
    await vault.records.remove('databases', id);
  }
}

/** A database without any backup gets one, once. False when the queue could not be told. */
async function firstBackups({ vault, jobs, log }: LookOptions, names: readonly string[]): Promise<boolean> {
  for (const database of names) {
    const { backups, damaged } = await vault.catalogue.list({ database });
    if (backups.length + damaged.length > 0) continue;
    try {
      const payload = { database, reason: 'manual', label: 'first backup', by: 'label' } as const;
      const { id } = await jobs.add('backup', payload, { idempotencyKey: `labelled:${database}` });
      log.info({ database, job: id }, 'the first backup of a labelled container is enqueued');
    } catch (error) {
      if (!isSagekeepError(error, 'QUEUE_UNAVAILABLE')) throw error;
      return false;
    }
  }
  return true;
}
