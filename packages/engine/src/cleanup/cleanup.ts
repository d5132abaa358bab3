import {
  type CleanupAction,
  type CleanupPayload,
  type CleanupPlan,
  isAskedFor,
  type JobContext,
  type Report,
  SagekeepError,
} from '@sagekeep/contracts';
import type { InFlight } from '../engine.ts';
import { keepLastCleanup } from '../report/index.ts';
import type { CleanupDependencies, SweptDatabases } from './dependencies.ts';
import { findLeftovers, type Removal } from './leftovers.ts';
import { findOldRecords } from './oldRecords.ts';
import { type Intention, intend } from './plan.ts';
import { carryOut, type Outcome } from './removals.ts';
import { cleanupReport } from './report.ts';
import { planHashOf } from './retention/planHash.ts';
import { survey } from './survey.ts';

/** Nothing about backups: only databases are swept. */
const nothing: Intention = {
  actions: [],
  planHash: planHashOf([]),
  refused: null,
  broken: false,
  inFlight: { backups: [], known: true },
};

/**
 * Deletes what retention no longer keeps, and sweeps what dead jobs left. Needs no server, no queue and no free byte.
 * With `dryRun` it only says what it would do. Throws `CLEANUP_REFUSED` when the circuit breaker stopped the plan of a
 * database (everything else is done), `PLAN_OUTDATED`, `BACKUP_PROTECTED`, why a kept database that was named is still there, or the first
 * thing that could not be removed (the rest is done). Killed anywhere, the next one carries on.
 */
export async function cleanup(
  deps: CleanupDependencies,
  payload: CleanupPayload,
  context: JobContext,
  inFlight: InFlight,
): Promise<{ plan: CleanupPlan; report: Report }> {
  context.progress({ progress: 0, phase: 'plan' });
  const intention = payload.kept === undefined ? await intend(deps, payload, inFlight) : nothing;
  const ofBackups = intention.actions.map((action) =>
    removalOf(deps, { action, intention, payload }, context),
  );
  const kept = ofBackups.filter((removal) => !isDeletion(removal));
  // The oldest first: whatever stops us, what is left is the newer part.
  const removals = [...(await leftoversOf(deps, payload)), ...ofBackups.filter(isDeletion).reverse()];
  await context.border('cleanup:planned');
  const outcome = payload.dryRun ? rehearse(removals) : await carryOut(deps, removals, context);
  const swept = await sweep(deps, { payload, inFlight }, context);
  const plan: CleanupPlan = {
    planHash: intention.planHash,
    plan: [...kept.map(({ action }) => action), ...outcome.actions, ...swept.actions],
    freedBytes: outcome.freedBytes + swept.freedBytes,
    refused: intention.refused,
  };
  // Who asked for one deletion is not served by a cleanup that spared it.
  const failure = outcome.failure ?? swept.failure ?? (payload.backup === undefined ? null : outcome.spared);
  // A rehearsal removes nothing, but nobody can rehearse dropping what is not there.
  const failed = swept.failure !== null || (!payload.dryRun && (intention.broken || failure !== null));
  const report = cleanupReport({ payload, context, plan, failed, at: deps.now() });
  await keep(deps, report, payload);
  if (failed) throw failure ?? refused(plan, payload);
  context.progress({ progress: 100, phase: 'done' });
  return { plan, report };
}

interface Deletion {
  readonly action: CleanupAction;
  readonly intention: Intention;
  readonly payload: CleanupPayload;
}

function removalOf(deps: CleanupDependencies, deletion: Deletion, context: JobContext): Removal {
  return { action: deletion.action, remove: () => deleteBackup(deps, deletion, context) };
}

/** In two steps, so that a crash between them leaves a backup or trash, never a part. */
async function deleteBackup(
  deps: CleanupDependencies,
  deletion: Deletion,
  context: JobContext,
): Promise<number> {
  await justify(deps, deletion);
  const key = await deps.vault.catalogue.discard(deletion.action.backup);
  await context.border('cleanup:trashed');
  return await deps.vault.trash.empty(key);
}

/** What jobs will read now. A queue that was asked at the start and does not answer any more stops the deletion. */
async function askedAgain(before: InFlight): Promise<InFlight> {
  const now = await before.again?.();
  if (now === undefined) return before;
  if (now.known) return now;
  throw new SagekeepError(
    'BACKUP_PROTECTED',
    'the queue could not be asked again which backups its jobs will read',
  );
}

/**
 * Things may have changed since the plan was made: a hold put, a job queued that will read it, the newest proven backup
 * found damaged.
 */
async function justify(deps: CleanupDependencies, { action, intention, payload }: Deletion): Promise<void> {
  const inFlight = await askedAgain(intention.inFlight);
  if (payload.backup !== undefined) {
    await intend(deps, { ...payload, planHash: undefined }, inFlight);
    return;
  }
  const { actions } = await survey(deps, action.database, inFlight);
  const now = actions.find(({ backup }) => backup === action.backup);
  if (now?.action === 'delete') return;
  throw new SagekeepError('BACKUP_PROTECTED', `things have changed: ${now?.reason ?? 'it is gone'}`);
}

async function leftoversOf(deps: CleanupDependencies, payload: CleanupPayload): Promise<Removal[]> {
  if (payload.backup !== undefined || payload.kept !== undefined) return [];
  const leftovers = await findLeftovers(deps.vault, deps.now(), payload.database);
  return payload.database === undefined
    ? [...leftovers, ...(await findOldRecords(deps.vault, deps.now()))]
    : leftovers;
}

async function sweep(
  deps: CleanupDependencies,
  { payload, inFlight }: { readonly payload: CleanupPayload; readonly inFlight: InFlight },
  context: JobContext,
): Promise<SweptDatabases> {
  const { backup, database, kept, dryRun } = payload;
  const nothing = { actions: [], freedBytes: 0, failure: null };
  if (backup !== undefined) return nothing;
  // What was deleted so far must be told, whatever becomes of this question.
  const again = await inFlight.again?.().catch(() => undefined);
  const undoing = [inFlight, again].flatMap((asked) => asked?.undoing ?? []);
  const swept = (await deps.sweepDatabases?.({ context, database, kept, undoing, dryRun })) ?? nothing;
  if (kept !== undefined || deps.sweepContainers === undefined) return swept;
  const containers = await deps.sweepContainers({ context, database, dryRun, hasEnded: inFlight.hasEnded });
  return { ...swept, actions: [...swept.actions, ...containers] };
}

function rehearse(removals: readonly Removal[]): Outcome {
  const actions = removals.map(({ action }) => action);
  const freedBytes = removals.reduce((sum, { action }) => sum + action.bytes, 0);
  return { actions, freedBytes, failure: null, spared: null };
}

function isDeletion({ action }: Removal): boolean {
  return action.action === 'delete';
}

/** On a full disk there is no room for the report of what freed it: that is no reason to fail. */
async function keep(
  { vault, log }: CleanupDependencies,
  report: Report,
  payload: CleanupPayload,
): Promise<void> {
  try {
    await vault.records.put('reports', report.id, report);
    if (!isAskedFor({ name: 'cleanup', payload })) await keepLastCleanup(vault.records, report);
  } catch (error) {
    log.warn({ err: error, report }, 'the report of a cleanup could not be kept');
  }
}

function refused({ refused: why, planHash }: CleanupPlan, { database }: CleanupPayload): SagekeepError {
  const command = ['sagekeep cleanup', ...(database === undefined ? [] : [database])].join(' ');
  return new SagekeepError('CLEANUP_REFUSED', `The cleanup was stopped: ${why}.`, {
    advice: `Look at \`${command} --dry-run\`; if that is what you want: ${command} --plan-hash ${planHash}`,
    facts: { planHash },
  });
}
