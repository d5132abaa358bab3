import type { JobContext, PlanPayload, RestorePlan, TableChange } from '@sagekeep/contracts';
import { namingContainer } from '../docker/index.ts';
import { applicationName, newShortId, openMaintenance } from '../lock/index.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { findSource, inspectSource, type Source } from '../restore/restoreSource.ts';
import { freeBytesOn, type Space } from '../restore/space.ts';
import { resolveTarget, type Target } from '../restore/target.ts';
import { connect, type Session } from '../server/index.ts';
import { type ExpectedTimes, expectedTimes } from './history.ts';
import { type LiveRows, liveTables } from './liveTables.ts';
import { planHash } from './material.ts';
import { obstaclesOf } from './obstacles.ts';
import { type Survey, survey } from './survey.ts';
import { extensionWarnings, poolerWarnings, swapWarnings, versionWarnings } from './warnings.ts';

/** Counting may not take longer than a person is ready to wait for a plan. */
const countBudgetMs = 60_000;

interface Counted {
  readonly rows: ReadonlyMap<string, LiveRows>;
  readonly warnings: readonly string[];
}

async function count(survey: Survey, context: JobContext): Promise<ReadonlyMap<string, LiveRows>> {
  await using session = await connect(survey.target.connection, {
    applicationName: survey.applicationName,
    signal: context.signal,
    settings: { default_transaction_read_only: 'on', lock_timeout: '5s' },
  });
  // What a stranger's file is a snapshot of, nobody knows.
  const since = survey.source.foreign === null ? survey.source.manifest.snapshotAt : null;
  return await liveTables(session, { budgetMs: countBudgetMs, since });
}

/** A plan is made of a damaged database too: what cannot be counted is said. */
async function liveRows(survey: Survey, context: JobContext): Promise<Counted> {
  if (survey.live === null) return { rows: new Map(), warnings: [] };
  try {
    const rows = await count(survey, context);
    return { rows, warnings: newerWarnings(rows) };
  } catch (error) {
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return { rows: new Map(), warnings: [`The rows of the live database could not be counted: ${why}`] };
  }
}

function newerWarnings(rows: ReadonlyMap<string, LiveRows>): string[] {
  const newer = [...rows].flatMap(([name, { newer: found, newest }]) =>
    found === null || found === 0 || newest === null ? [] : [`${found} in ${name} (by ${newest.column})`],
  );
  return newer.length === 0 ? [] : [`Rows newer than the backup would be lost: ${newer.join(', ')}.`];
}

function tableChanges(now: ReadonlyMap<string, LiveRows>, then: ReadonlyMap<string, number>): TableChange[] {
  const names = [...new Set([...now.keys(), ...then.keys()])].sort();
  return names.map((name) => ({
    name,
    rowsNow: now.get(name)?.rows ?? null,
    rowsThen: then.get(name) ?? null,
    newest: now.get(name)?.newest ?? null,
    newer: now.get(name)?.newer ?? null,
  }));
}

async function sessionsOf(session: Session, dbname: string): Promise<number> {
  const [row] = await session.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = $1 and backend_type = 'client backend'
        and pid <> pg_backend_pid() and application_name !~ '^sagekeep-plan/'`,
    [dbname],
  );
  return Number(row?.count ?? 0);
}

function lossWarning(target: Target, { wholeMs, lockedMs }: ExpectedTimes, inPlace: boolean): string {
  const ms = inPlace ? lockedMs : wholeMs;
  const seconds = ms === null ? null : `about ${Math.ceil(ms / 1000)} s`;
  if (inPlace) {
    return (
      `In place: every table is locked from the first statement to the commit (${seconds ?? 'not measured yet'}), ` +
      "backups wait, and writes after the safety backup's snapshot are lost. Nothing is kept: the way back is to " +
      'restore the safety backup.'
    );
  }
  const interval = seconds ?? 'while the copy is built';
  return (
    `Writes after the safety backup's snapshot and before the swap (${interval}) exist only in the kept database ` +
    `"${target.connection.dbname}_before_…", which is dropped only after a closing backup of it.`
  );
}

const untrustedWarning =
  'The file has no manifest of ours, so it is untrusted: it is restored by a role that may do nothing else, and held ' +
  'only against its own rows; owners and privileges in it are left out. Which definitions would change is not known before.';

const trustedWarning =
  'The file has no manifest of ours, and --trust-file lets it do as its author likes, with every right of the user of ' +
  'the database URL. It is held only against its own rows. Which definitions would change is not known before.';

function sourceWarnings({ foreign }: Source): string[] {
  if (foreign === null) return [];
  return [foreign.trusted ? trustedWarning : untrustedWarning];
}

/** Room is judged as the restore itself judges it. */
async function spaceOf({ session, target, source, live }: Survey): Promise<Space> {
  const { tablespace } = (source.foreign === null ? source.manifest : (live ?? source.manifest)).properties;
  return {
    neededBytes: source.manifest.databaseBytes,
    freeBytes: await freeBytesOn(session, target.connection, tablespace),
  };
}

const nobodyKnowsSpace =
  "Nobody can tell how much space the server's disk has left: it is not on this machine, or its user may not ask. Look before you restore.";

async function warningsOf(survey: Survey, expected: ExpectedTimes, space: Space): Promise<string[]> {
  const { live, target, source } = survey;
  const { manifest } = source;
  return [
    ...sourceWarnings(source),
    ...(live === null
      ? ['There is no database of this name: nothing to save, nothing to swap out.']
      : [
          lossWarning(target, expected, survey.material.method === 'in-place'),
          ...(await swapWarnings(survey.session, live.name)),
        ]),
    ...(survey.unreadable === null
      ? []
      : [
          `The definitions of the live database could not be read, so none are compared: ${survey.unreadable}`,
        ]),
    ...(space.freeBytes === null ? [nobodyKnowsSpace] : []),
    ...extensionWarnings(manifest.extensions.map((extension) => extension.name)),
    ...(await versionWarnings(survey.session, manifest.extensions)),
    ...poolerWarnings(target.connection.port),
    ...survey.toolWarnings,
    ...manifest.warnings,
  ];
}

async function planFrom(
  deps: RestoreDependencies,
  found: Survey,
  payload: PlanPayload,
  context: JobContext,
): Promise<RestorePlan> {
  const { live, target, source, needs } = found;
  const { manifest } = source;
  const now = await liveRows(found, context);
  const then = new Map(manifest.inventory.tables.map((table) => [table.name, table.rows]));
  const { method } = found.material;
  const expected = await expectedTimes(deps, { database: target.database.name, method });
  const space = await spaceOf(found);
  return {
    ...found.material,
    planHash: planHash(found.material),
    targetExists: live !== null,
    tables: tableChanges(now.rows, then),
    missingRoles: [...needs.missingRoles],
    missingExtensions: [...needs.missingExtensions],
    ...space,
    sessions: live === null ? 0 : await sessionsOf(found.session, live.name),
    expectedMs: expected.wholeMs,
    warnings: [...(await warningsOf(found, expected, space)), ...now.warnings],
    obstacles: await obstaclesOf(found, payload, { space, signal: context.signal }),
  };
}

/** What a restore would do, without doing any of it. See `RestorePlan`. */
export async function plan(
  deps: RestoreDependencies,
  payload: PlanPayload,
  context: JobContext,
): Promise<RestorePlan> {
  const target = resolveTarget(deps, payload);
  const { trustFile } = payload;
  const source = await inspectSource(deps, await findSource(deps, payload), { trustFile, context });
  const name = applicationName('plan', newShortId(context.jobId, context.attempt));
  context.progress({ progress: 5, phase: 'plan' });
  const { signal } = context;
  await using session = await namingContainer(deps, { ...target, signal }, () =>
    openMaintenance(target.connection, { applicationName: name, signal }),
  );
  const found = await survey(deps, { target, source, session, context, applicationName: name, payload });
  return await planFrom(deps, found, payload, context);
}
