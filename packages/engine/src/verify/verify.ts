import {
  type DatabaseConfig,
  type Finding,
  type FindingStatus,
  type JobContext,
  type Report,
  SagekeepError,
  type VerifyPayload,
} from '@sagekeep/contracts';
import { inspectContainer } from '../docker/index.ts';
import type { EngineDependencies } from '../engine.ts';
import { liveDefinitions } from '../inventory/index.ts';
import { applicationName, newShortId } from '../lock/names.ts';
import { type Connection, describeConnection, noUrl, parseDatabaseUrl } from '../server/index.ts';
import type { Tools } from '../tools/index.ts';
import { createProbe } from './createProbe.ts';
import type { Definitions } from './definitionChanges.ts';
import { keepRecords } from './keepRecords.ts';
import { limitsOf } from './limits.ts';
import { type Opened, type Opening, openSession } from './openSession.ts';
import { checks } from './registry.ts';
import { verificationReport } from './report.ts';
import { runChecks, worstStatus } from './runChecks.ts';
import { whileInPlace } from './whileInPlace.ts';

export interface VerifyDependencies
  extends Pick<EngineDependencies, 'vault' | 'databases' | 'dockerHost' | 'now' | 'killGraceMs'> {
  readonly tools: Tools;
}

export interface Verification {
  readonly status: FindingStatus;
  readonly findings: Finding[];
  readonly report: Report;
}

/**
 * Asks every check of a live database. `quick` issues no query that reads a user table; `full` does, within time
 * limits, read-only. What is wrong is a finding; it throws only when it could not run at all: an unknown database
 * (`UNKNOWN_DATABASE`), no URL to reach it (`CONFIGURATION_INVALID`), a database that is being replaced (`LOCK_BUSY`) or
 * was meanwhile (`LOCK_LOST`), a storage that takes no report, or the signal's reason. The report and an observation are kept as records.
 */
export async function verify(
  deps: VerifyDependencies,
  payload: VerifyPayload,
  context: JobContext,
): Promise<Verification> {
  const database = databaseOf(deps, payload.database);
  const connection = connectionOf(database);
  const shortId = newShortId(context.jobId, context.attempt);
  const { signal } = context;
  const opening = {
    ...{ connection, limits: limitsOf[payload.mode], signal },
    applicationName: applicationName('verify', shortId),
  };
  const at = deps.now();
  const started = performance.now();
  const findings = await whileInPlace(connection, { shortId, signal }, async () => {
    const opened = await openSession(opening);
    try {
      await context.border('verify:connected');
      return await findingsOf({ deps, payload, database, opened, opening, at, context });
    } finally {
      await opened.session?.close();
    }
  });
  const status = worstStatus(findings);
  const outcome = { payload, context, at, status, findings };
  const report = verificationReport({
    ...outcome,
    durationMs: performance.now() - started,
    server: describeConnection(connection),
    dbname: connection.dbname,
  });
  await keepRecords(deps.vault, report, outcome);
  return { status, findings, report };
}

interface Asking {
  readonly deps: VerifyDependencies;
  readonly payload: VerifyPayload;
  readonly database: DatabaseConfig;
  readonly opened: Opened;
  readonly opening: Opening;
  readonly at: Date;
  readonly context: JobContext;
}

async function findingsOf({
  deps,
  payload,
  database,
  opened,
  opening,
  at,
  context,
}: Asking): Promise<Finding[]> {
  const { session, facts } = opened;
  const { signal } = context;
  const { probe, start } = createProbe({
    vault: deps.vault,
    database,
    mode: payload.mode,
    limits: opening.limits,
    now: at,
    container: await inspectContainer(deps.dockerHost, database.container, { signal }),
    connection: facts,
    server: opening.connection,
    session,
    definitions: (major) => definitionsNow(deps, opening, major),
  });
  const onFinding = (finding: Finding, done: number, all: number) => tell(context, finding, done / all);
  return runChecks({ checks, probe, start, lost: session?.lost ?? null, signal, onFinding });
}

async function definitionsNow(
  deps: VerifyDependencies,
  opening: Opening,
  serverMajor: number,
): Promise<Definitions> {
  const { tools } = await deps.tools.forServer(serverMajor);
  const { connection, applicationName, signal } = opening;
  const { killGraceMs } = deps;
  const source = { tools, connection, applicationName, signal, killGraceMs, patienceMs: 5000 };
  return { entries: await liveDefinitions(source), clientVersion: tools.version };
}

function databaseOf({ databases }: VerifyDependencies, name: string): DatabaseConfig {
  const database = databases.find((one) => one.name === name);
  if (database !== undefined) return database;
  throw new SagekeepError('UNKNOWN_DATABASE', `No database is configured as ${name}.`, {
    advice: `Configured are: ${databases.map((one) => one.name).join(', ') || 'none'}.`,
  });
}

function connectionOf(database: DatabaseConfig): Connection {
  if (database.url === null) throw noUrl(database);
  return parseDatabaseUrl(database.url);
}

function tell(context: JobContext, finding: Finding, share: number): void {
  context.progress({ progress: Math.round(share * 99), phase: 'checking', detail: finding.id });
  if (finding.status !== 'pass') context.log(`${finding.status} ${finding.id}: ${finding.value}`);
}
