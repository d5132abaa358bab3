import type { CleanupAction } from '@sagekeep/contracts';
import type { RestoreDependencies } from '../dependencies.ts';
import { dropLeftover } from './dropLeftover.ts';
import { type Swept, type UnsweptServer, whyNotDropped } from './keptByName.ts';
import type { Leftover } from './leftovers.ts';
import { settleDead } from './settleDead.ts';
import { type SweepOptions, surveyDatabases } from './surveyDatabases.ts';
import { sweepRoles } from './sweepRoles.ts';

/** Drops one, unless it is to be kept or this is a rehearsal. */
async function sweepOne(
  deps: RestoreDependencies,
  leftover: Leftover,
  { context, dryRun }: SweepOptions & { readonly dryRun: boolean },
): Promise<Swept> {
  const { action } = leftover;
  if (dryRun || action.action === 'keep') return { action, freedBytes: 0, error: null };
  const outcome = await dropLeftover(deps, leftover, context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  });
  if (typeof outcome === 'number') return { action, freedBytes: outcome, error: null };
  const why = outcome === null ? 'somebody works with it now' : outcome.message;
  const reason = `${action.reason}, but ${why}`;
  return { action: { ...action, action: 'keep', reason }, freedBytes: 0, error: outcome };
}

function actionForServer({ server, why }: UnsweptServer): CleanupAction {
  const reason = `this server could not be swept: ${why}`;
  return { subject: 'database', backup: server, database: '', action: 'keep', reason, bytes: 0 };
}

/**
 * The cleanup of databases: settles dead restores, then drops what is past its time. With `dryRun` it only says what it
 * would do. One that cannot be dropped never stops the rest: it stays in the list as kept, with the reason, and so does a
 * server that does not answer. `failure` says why a database that was named is still there.
 */
export async function sweepDatabases(
  deps: RestoreDependencies,
  options: SweepOptions & { readonly dryRun: boolean },
): Promise<{ actions: CleanupAction[]; freedBytes: number; failure: Error | null }> {
  const { context, kept, dryRun } = options;
  if (!dryRun) await settleDead(deps, options);
  const survey = await surveyDatabases(deps, options);
  const swept: Swept[] = [];
  for (const leftover of survey.leftovers)
    if (kept === undefined || kept === leftover.name) swept.push(await sweepOne(deps, leftover, options));
  const actions = swept.map(({ action }) => action);
  const freedBytes = swept.reduce((sum, each) => sum + each.freedBytes, 0);
  if (kept !== undefined) return { actions, freedBytes, failure: whyNotDropped(kept, survey, swept[0]) };
  if (!dryRun) await sweepRoles(deps, context);
  return { actions: [...actions, ...survey.unswept.map(actionForServer)], freedBytes, failure: null };
}
