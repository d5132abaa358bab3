import {
  CleanupPayload,
  type DatabaseConfig,
  type JobContext,
  type Log,
  type RetentionPolicy,
} from '@sagekeep/contracts';
import { createVault, type Storage } from '@sagekeep/storage';
import {
  type ClockedVault,
  exampleProof,
  memoryVault,
  type PublishOptions,
  publishExample,
  type TemporaryVault,
  temporaryVault,
} from '@sagekeep/storage/testing';
import type { InFlight } from '../../engine.ts';
import { cleanup } from '../cleanup.ts';
import type { CleanupDependencies } from '../dependencies.ts';

export const now = new Date('2026-11-22T12:00:00Z');
const dayMs = 86_400_000;

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** Keeps seven days and the last one; everything else is off. */
export const sevenDays: RetentionPolicy = {
  keepDays: 7,
  keepLast: 1,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
  safetyDays: 7,
  maxBytes: null,
  maxDeleteShare: 0.5,
};

export function exampleDatabase(name: string, retention: RetentionPolicy = sevenDays): DatabaseConfig {
  return {
    name,
    url: null,
    container: null,
    formats: ['custom'],
    rpoMs: 26 * 3_600_000,
    rtoMs: 3_600_000,
    proof: { when: 'every-backup', where: 'own', vectorIndexes: false },
    retention,
    expect: { schema: null, references: [], coverage: [90, 70] },
    keepBeforeMs: dayMs,
    restoreMemoryBytes: 1 << 30,
  };
}

export function exampleContext(changes: Partial<JobContext> = {}): JobContext {
  return {
    jobId: 'cleanup-1',
    attempt: 1,
    actor: 'ann',
    signal: new AbortController().signal,
    log: () => undefined,
    progress: () => undefined,
    border: async () => undefined,
    ...changes,
  };
}

export interface Run {
  readonly payload?: Partial<CleanupPayload>;
  readonly inFlight?: Partial<InFlight>;
  readonly context?: Partial<JobContext>;
  readonly deps?: Partial<CleanupDependencies>;
  /** Stands between the vault and its storage. */
  readonly storage?: (storage: Storage) => Storage;
}

interface Acts {
  /** Makes a proven backup so many days old. Returns its id. */
  backup(daysAgo: number, options?: PublishOptions & { unproven?: boolean }): Promise<string>;
  cleanup(run?: Run): ReturnType<typeof cleanup>;
  /** Ids of all backups, newest first. */
  ids(): Promise<string[]>;
}

export interface Scene extends TemporaryVault, Acts {}
export interface MemoryScene extends ClockedVault, Acts {}

/** A vault with the databases `sage` and `other` configured, at a fixed time. */
export async function openScene(): Promise<Scene> {
  return actOn(await temporaryVault(now));
}

/** The same without a file system, for many thousand of them. */
export function openMemoryScene(): MemoryScene {
  return actOn(memoryVault(now));
}

function actOn<Place extends ClockedVault>(place: Place): Place & Acts {
  const { vault } = place;
  return Object.assign(place, {
    async backup(
      daysAgo: number,
      { unproven = false, ...options }: PublishOptions & { unproven?: boolean } = {},
    ) {
      const { id } = await publishExample(vault, {
        at: new Date(now.getTime() - daysAgo * dayMs),
        ...options,
      });
      if (!unproven) await vault.catalogue.mark(id, exampleProof({ at: now.toISOString() }));
      return id;
    },
    cleanup(run: Run = {}) {
      const deps: CleanupDependencies = {
        vault:
          run.storage === undefined
            ? vault
            : createVault({ storage: run.storage(place.storage), now: () => place.clock }),
        databases: [exampleDatabase('sage'), exampleDatabase('other')],
        servers: [],
        log: silent,
        killGraceMs: 1000,
        restorePatienceMs: 60_000,
        dockerHost: null,
        toolVersion: '0.1.0',
        now: () => place.clock,
        ...run.deps,
      };
      const payload = CleanupPayload.parse({ by: 'ann', ...run.payload });
      return cleanup(deps, payload, exampleContext(run.context), {
        backups: [],

        known: true,
        ...run.inFlight,
      });
    },
    async ids() {
      return (await vault.catalogue.list()).backups.map(({ manifest }) => manifest.id);
    },
  });
}
