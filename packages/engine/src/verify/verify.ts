import {
  type DatabaseConfig,
  type Finding,
  type FindingStatus,
  isSagekeepError,
  type JobContext,
  type Observation,
  type Report,
  SagekeepError,
  type VerifyPayload,
} from '@sagekeep/contracts';
import { inspectContainer } from '../docker/index.ts';
import type { EngineDependencies } from '../engine.ts';
import { applicationName, jobDigest, newShortId } from '../lock/names.ts';
import {
  type Connection,
  connect,
  describeConnection,
  parseDatabaseUrl,
  type Session,
} from '../server/index.ts';
import { createProbe, limits } from './createProbe.ts';
import type { ConnectionFacts } from './probe.ts';
import { checks } from './registry.ts';
import { verificationReport } from './report.ts';
import { runChecks, worstStatus } from './runChecks.ts';

export type VerifyDependencies = Pick<
  EngineDependencies,
  'vault' | 'databases' | 'dockerHost' | 'now' | 'log'
>;

export interface Verification {
  readonly status: FindingStatus;
  readonly findings: Finding[];
  readonly report: Report;
}

/**
 * Asks every check of a live database. `quick` issues no query that reads a user table; `full` does, within time
 * limits, read-only. What is wrong is a finding; it throws only when it could not run at all: an unknown database
 * (`UNKNOWN_DATABASE`), no URL to reach it (`CONFIGURATION_INVALID`), or the signal's reason.
 * The report and an observation are kept as records.
 */
export async function verify(
  deps: VerifyDependencies,
  payload: VerifyPayload,
  context: JobContext,
): Promise<Verification> {
  const database = databaseOf(deps, payload.database);
  const connection = connectionOf(database);
  const at = deps.now();
  const started = performance.now();
  const container = await inspectContainer(deps.dockerHost, database.container, { signal: context.signal });
  const opened = await open(connection, payload, context);
  try {
    const { session, facts } = opened;
    const { mode } = payload;
    const made = await createProbe({
      ...deps,
      database,
      mode,
      now: at,
      container,
      connection: facts,
      session,
    });
    await context.border('verify:connected');
    const findings = await runChecks({
      checks,
      ...made,
      lost: session?.lost ?? null,
      signal: context.signal,
      onFinding: (finding, done, all) => tell(context, finding, done / all),
    });
    const status = worstStatus(findings);
    const durationMs = performance.now() - started;
    const server = describeConnection(connection);
    const report = verificationReport({
      payload,
      context,
      status,
      findings,
      at,
      durationMs,
      server,
      dbname: connection.dbname,
    });
    await keep(deps, report, observationOf({ payload, context, at, status, findings }));
    return { status, findings, report };
  } finally {
    await opened.session?.close();
  }
}

function databaseOf({ databases }: VerifyDependencies, name: string): DatabaseConfig {
  const database = databases.find((one) => one.name === name);
  if (database !== undefined) return database;
  throw new SagekeepError('UNKNOWN_DATABASE', `No database is configured as ${name}.`, {
    advice: `Configured are: ${databases.map((one) => one.name).join(', ') || 'none'}.`,
  });
}

function connectionOf(database: DatabaseConfig): Connection {
  if (database.url !== null) return parseDatabaseUrl(database.url);
  throw new SagekeepError('CONFIGURATION_INVALID', `No URL is configured for ${database.name}.`, {
    advice: `Set databases.${database.name}.url_file, or DATABASE_URL.`,
  });
}

interface Opened {
  readonly session: Session | null;
  readonly facts: ConnectionFacts;
}

/** A connection that can only read, cannot wait for long, and resolves no name through a schema of the users. */
async function open(connection: Connection, { mode }: VerifyPayload, context: JobContext): Promise<Opened> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  try {
    const session = await connect(connection, {
      applicationName: applicationName('verify', newShortId(context.jobId, context.attempt)),
      signal: context.signal,
      settings: {
        default_transaction_read_only: 'on',
        statement_timeout: String(limits[mode].statementMs),
        lock_timeout: String(limits[mode].lockMs),
        search_path: 'pg_catalog',
        row_security: 'off',
        jit: 'off',
      },
    });
    await session.query('select 1');
    return { session, facts: { connected: true, ms: elapsed() } };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isSagekeepError(error)) throw error;
    const advice = error.advice ?? 'Look into the log of the server.';
    return { session: null, facts: { connected: false, ms: elapsed(), error: error.message, advice } };
  }
}

function tell(context: JobContext, finding: Finding, share: number): void {
  context.progress({ progress: Math.round(share * 99), phase: 'checking', detail: finding.id });
  if (finding.status !== 'pass') context.log(`${finding.status} ${finding.id}: ${finding.value}`);
}

interface Outcome {
  readonly payload: VerifyPayload;
  readonly context: JobContext;
  readonly at: Date;
  readonly status: FindingStatus;
  readonly findings: readonly Finding[];
}

/** Ids of observations sort by time. What passed is only counted. */
function observationOf({ payload, context, at, status, findings }: Outcome): Observation {
  const stamp = at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return {
    version: 1,
    id: `${stamp}-verification-${payload.database}-${jobDigest(context.jobId)}`,
    kind: 'verification',
    database: payload.database,
    at: at.toISOString(),
    status: status === 'skip' ? 'warn' : status,
    mode: payload.mode,
    passed: findings.filter((finding) => finding.status === 'pass').length,
    findings: findings.filter((finding) => finding.status !== 'pass'),
  };
}

async function keep({ vault }: VerifyDependencies, report: Report, observation: Observation): Promise<void> {
  await vault.records.put('reports', report.id, report);
  await vault.records.put('observations', observation.id, observation);
}
