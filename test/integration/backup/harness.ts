import type { BackupPayload, DatabaseConfig, JobContext, Log, Progress } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { temporaryVault } from '@sagekeep/storage/testing';
import { type BackupOutcome, backup } from '../../../packages/engine/src/backup/index.ts';
import { createTools, type Tools } from '../../../packages/engine/src/tools/index.ts';

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export interface ContextOptions {
  readonly jobId?: string;
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  /** Called at every border with its name. */
  readonly onBorder?: (name: string) => Promise<unknown> | unknown;
}

export interface TestContext extends JobContext {
  readonly lines: string[];
  readonly told: Progress[];
  readonly borders: string[];
}

let jobs = 0;

/** A job's context that remembers what it was told. */
export function testContext(options: ContextOptions = {}): TestContext {
  jobs += 1;
  const lines: string[] = [];
  const told: Progress[] = [];
  const borders: string[] = [];
  return {
    lines,
    told,
    borders,
    jobId: options.jobId ?? `job-${process.pid}-${jobs}`,
    attempt: options.attempt ?? 1,
    actor: 'test',
    signal: options.signal ?? new AbortController().signal,
    log: (line) => void lines.push(line),
    progress: (progress) => void told.push(progress),
    async border(name) {
      borders.push(name);
      await options.onBorder?.(name);
    },
  };
}

export function databaseConfig(url: string, changes: Partial<DatabaseConfig> = {}): DatabaseConfig {
  return {
    name: 'subject',
    url,
    container: null,
    formats: ['custom', 'sql'],
    rpoMs: 1,
    rtoMs: 1,
    proof: { when: 'never', where: 'own', vectorIndexes: false },
    retention: {
      ...{ keepDays: 7, keepLast: 3, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0 },
      ...{ safetyDays: 7, maxBytes: null, maxDeleteShare: 1 },
    },
    expect: { schema: null, references: [], coverage: [90, 70] },
    keepBeforeMs: 1,
    restoreMemoryBytes: 64 << 20,
    ...changes,
  };
}

export interface Subject extends AsyncDisposable {
  readonly vault: Vault;
  readonly folder: string;
  backup(context?: TestContext, payload?: Partial<BackupPayload>): Promise<BackupOutcome>;
  /** Ids that the catalogue lists, and what else lies around as an attempt. */
  left(): Promise<{ listed: string[]; attempts: number; damaged: number }>;
}

/** The engine's backup with a storage of its own, over one database. */
export async function createSubject(
  url: string,
  changes: Partial<DatabaseConfig> & { vault?: Vault; folder?: string; tools?: Tools } = {},
): Promise<Subject> {
  const { vault: given, folder, tools = createTools(), ...config } = changes;
  const place = await temporaryVault();
  const vault = given ?? place.vault;
  const deps = {
    vault,
    databases: [databaseConfig(url, config)],
    log: silent,
    killGraceMs: 2000,
    dockerHost: null,
    toolVersion: 'test',
    now: () => new Date(),
    tools,
  };
  return {
    vault,
    folder: folder ?? place.folder,
    backup: (context = testContext(), payload = {}) =>
      backup(deps, { database: 'subject', reason: 'manual', by: 'test', ...payload }, context),
    async left() {
      const { backups, damaged } = await vault.catalogue.list();
      const leftovers = await vault.attempts.leftovers(-1, new Date());
      return {
        listed: backups.map(({ manifest }) => manifest.id),
        attempts: leftovers.length,
        damaged: damaged.length,
      };
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}
