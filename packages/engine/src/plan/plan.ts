import type { JobContext, PlanPayload, RestorePlan } from '@sagekeep/contracts';
import { namingContainer } from '../docker/index.ts';
import { applicationName, newShortId, openMaintenance } from '../lock/index.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { findSource, inspectSource } from '../restore/restoreSource.ts';
import { type Space, spaceFor } from '../restore/space.ts';
import { resolveTarget } from '../restore/target.ts';
import type { Session } from '../server/index.ts';
import { expectedTimes } from './history.ts';
import { liveRows, tableChanges } from './liveRows.ts';
import { planHash } from './material.ts';
import { obstaclesOf } from './obstacles.ts';
import { type Survey, survey } from './survey.ts';
import { warningsOf } from './warnings.ts';

async function sessionsOf(session: Session, dbname: string): Promise<number> {
  const [row] = await session.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = $1 and backend_type = 'client backend'
        and pid <> pg_backend_pid() and application_name !~ '^sagekeep-plan/'`,
    [dbname],
  );
  return Number(row?.count ?? 0);
}

/** Room is judged as the restore itself judges it. */
async function spaceOf(deps: RestoreDependencies, found: Survey, payload: PlanPayload): Promise<Space> {
  const { session, target, source, live } = found;
  const { tablespace } = (source.foreign === null ? source.manifest : (live ?? source.manifest)).properties;
  const { connection } = target;
  return await spaceFor(deps, { session, connection, target, source, live, tablespace, payload });
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
  const space = await spaceOf(deps, found, payload);
  const { neededBytes, freeBytes, ...neededFor } = space;
  return {
    ...found.material,
    planHash: planHash(found.material),
    targetExists: live !== null,
    tables: tableChanges(now.rows, then),
    missingRoles: [...needs.missingRoles],
    missingExtensions: [...needs.missingExtensions],
    neededBytes,
    neededFor,
    freeBytes,
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
