import type { DatabaseProperties } from '@sagekeep/contracts';
import { requirePlan } from '../plan/survey.ts';
import { queryOne, type Session } from '../server/index.ts';
import type { Attempt } from './attempt.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { refuseIfGuarded } from './guards.ts';
import { assessNeeds, type Needs, preparedError, preparedTransactions } from './preflight.ts';
import { type PresentDatabase, presentDatabase } from './properties.ts';
import { createMissingRoles } from './roles.ts';
import { refuseUnsaved } from './safety.ts';
import { settingObstacle } from './settingRights.ts';
import { requireSpace } from './space.ts';

/** What an attempt knows before it makes anything. */
export interface Prepared {
  readonly live: PresentDatabase | null;
  readonly needs: Needs;
  /** Encoding, locale and owner of the copy; everything else comes from the live name in the swap. */
  readonly wanted: DatabaseProperties;
  /** What the record should tell of the roles that were made. */
  readonly notes: readonly string[];
}

/** A stranger's file says nothing of encoding and locale: the live database's are taken, else the server's own. */
async function propertiesFor(
  session: Session,
  attempt: Attempt,
  live: PresentDatabase | null,
): Promise<DatabaseProperties> {
  const recorded = attempt.source.manifest.properties;
  const owner = live?.properties.owner ?? recorded.owner;
  if (attempt.source.foreign === null) return { ...recorded, owner };
  if (live !== null) return live.properties;
  const template = await presentDatabase(session, 'template1');
  const { user } = await queryOne<{ user: string }>(session, 'select current_user as user');
  const base = template?.properties ?? recorded;
  return { ...base, owner: user, comment: null, acl: null, settings: [], connectionLimit: -1 };
}

/** Asks everything that could refuse the restore. Throws the first reason; nothing has been made. */
export async function prepare(deps: RestoreDependencies, attempt: Attempt): Promise<Prepared> {
  const { lock, target, payload, source, choice, context } = attempt;
  const { manifest } = source;
  const live = await presentDatabase(lock.session, target.connection.dbname);
  refuseUnsaved(target, live, payload);
  const prepared = live === null ? [] : await preparedTransactions(lock.session, live.name);
  if (live !== null && prepared.length > 0) throw preparedError(live.name, prepared);
  const wanted = await propertiesFor(lock.session, attempt, live);
  const needs = await assessNeeds({
    session: lock.session,
    tools: deps.tools,
    manifest,
    dump: choice.dump,
    owner: wanted.owner,
    createRoles: payload.createRoles,
    purpose: payload.inPlace ? 'in-place' : 'aside',
    strangers: source.foreign?.trusted === false,
  });
  const [obstacle] = needs.obstacles;
  if (obstacle !== undefined) throw obstacle;
  // The swap asks again; told now, nobody builds for hours in vain.
  if (live !== null && !payload.inPlace) {
    await refuseIfGuarded(lock.session, live);
    const forbidden = await settingObstacle(lock.session, live);
    if (forbidden !== null) throw forbidden;
  }
  const { session, connection } = lock;
  const { tablespace } = wanted;
  await requireSpace(deps, { session, connection, target, source, live, tablespace, payload });
  if (payload.planHash !== undefined) {
    const { applicationName } = lock;
    await requirePlan(deps, { target, source, session, context, applicationName, payload }, payload.planHash);
  }
  const notes =
    payload.createRoles && needs.missingRoles.length > 0
      ? await createMissingRoles(deps, { attempt, missing: needs.missingRoles })
      : [];
  return { live, needs, wanted, notes };
}
