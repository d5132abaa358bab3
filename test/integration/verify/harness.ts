import type {
  DatabaseConfig,
  Expectations,
  Finding,
  FindingStatus,
  JobContext,
  VerificationMode,
} from '@sagekeep/contracts';
import { createFolderStorage, createVault, type Vault } from '@sagekeep/storage';
import { createTools } from '../../../packages/engine/src/tools/index.ts';
import { type Verification, verify } from '../../../packages/engine/src/verify/index.ts';
import { temporaryFolder } from '../../support/folders.ts';

const hour = 3_600_000;

/** The sample schema, as the local stack configures it. */
export const sageExpectations: Expectations = {
  schema: 'config/sage.sql',
  references: ['memories.session_id -> sessions.id'],
  coverage: [90, 70],
};
export const noExpectations: Expectations = { schema: null, references: [], coverage: [90, 70] };

export interface Asked {
  readonly mode?: VerificationMode;
  readonly expect?: Expectations;
  readonly config?: Partial<DatabaseConfig>;
  readonly vault?: Vault;
  readonly dockerHost?: string | null;
  readonly signal?: AbortSignal;
  /** The time that it takes to be now. */
  readonly now?: Date;
  readonly onBorder?: (name: string) => Promise<void>;
}

export interface Asking extends Verification {
  /** The finding of a check; throws when the check was not asked. */
  finding(id: string): Finding;
  /** Ids of all findings with this status. */
  withStatus(status: FindingStatus): string[];
  /** Ids of what failed, then of what warned; see `isOfDatabase`. */
  alarms(): string[];
  readonly log: readonly string[];
  readonly vault: Vault;
}

export function vaultIn(folder: string): Vault {
  return createVault({ storage: createFolderStorage({ folder }), now: () => new Date() });
}

export function configOf(
  url: string | null,
  { expect = sageExpectations, config = {} }: Asked = {},
): DatabaseConfig {
  return {
    name: 'sage',
    url,
    container: null,
    formats: ['custom', 'sql'],
    rpoMs: 26 * hour,
    rtoMs: hour,
    proof: { when: 'every-backup', where: 'own', vectorIndexes: true },
    retention: {
      keepDays: 7,
      keepLast: 3,
      keepDaily: 0,
      keepWeekly: 0,
      keepMonthly: 0,
      keepYearly: 0,
      safetyDays: 7,
      maxBytes: null,
      maxDeleteShare: 0.5,
    },
    expect,
    keepBeforeMs: 24 * hour,
    restoreMemoryBytes: 1e9,
    ...config,
  };
}

/**
 * False for what tells of the machine that runs the tests: the shared server does without autovacuum, its disk may be nearly
 * full, and it may be slow for a moment.
 */
export function isOfDatabase({ id, value }: Finding): boolean {
  if (id === 'performance.autovacuum') return value !== 'autovacuum is off';
  if (id === 'connection.answers') return !value.startsWith('logged in and answered after');
  return id !== 'performance.disk';
}

let jobs = 0;

/** Verifies a database with a vault of its own, or the given one. */
export async function ask(url: string | null, asked: Asked = {}): Promise<Asking> {
  using folder = temporaryFolder();
  const vault = asked.vault ?? vaultIn(folder.path);
  const log: string[] = [];
  jobs += 1;
  const context: JobContext = {
    jobId: `verify-${process.pid}-${jobs}`,
    attempt: 1,
    actor: 'tester',
    signal: asked.signal ?? new AbortController().signal,
    log: (line) => log.push(line),
    progress() {},
    border: asked.onBorder ?? (() => Promise.resolve()),
  };
  const result = await verify(
    {
      vault,
      databases: [configOf(url, asked)],
      dockerHost: asked.dockerHost ?? null,
      now: () => asked.now ?? new Date(),
      killGraceMs: 1000,
      tools: createTools(),
    },
    { database: 'sage', mode: asked.mode ?? 'full', by: 'tester' },
    context,
  );
  return {
    ...result,
    log,
    vault,
    finding(id) {
      const found = result.findings.find((one) => one.id === id);
      if (found === undefined) throw new Error(`${id} was not asked`);
      return found;
    },
    alarms() {
      const alarms = result.findings.filter(isOfDatabase);
      return (['fail', 'warn'] as const).flatMap((status) =>
        alarms.filter((one) => one.status === status).map(({ id }) => id),
      );
    },
    withStatus: (status) => result.findings.filter((one) => one.status === status).map(({ id }) => id),
  };
}
