import { type CleanupAction, type CleanupPayload, SagekeepError } from '@sagekeep/contracts';
import type { EngineDependencies, InFlight } from '../engine.ts';
import { planExplicit } from './explicit.ts';
import { planHashOf } from './retention/planHash.ts';
import { type Survey, survey } from './survey.ts';

/** What cleanup intends with backups, before it does anything. */
export interface Intention {
  readonly actions: readonly CleanupAction[];
  readonly planHash: string;
  /** Why some of it needs a person, who gives the hash; null when it may go ahead. */
  readonly refused: string | null;
  /** Set when the circuit breaker refused, not only the lack of knowledge about the queue. */
  readonly broken: boolean;
  /** What deletions are decided by: a person who gives the plan's hash has answered for the queue. */
  readonly inFlight: InFlight;
}

const whyUnknown = 'the queue could not be asked which backups its jobs will read';

/** Throws `PLAN_OUTDATED` when a hash is given and names another plan. */
export async function intend(
  deps: EngineDependencies,
  payload: CleanupPayload,
  inFlight: InFlight,
): Promise<Intention> {
  const { backup, planHash: given } = payload;
  const answered = { ...inFlight, known: true };
  if (backup !== undefined) {
    const actions = [await planExplicit(deps, { ...payload, backup }, inFlight)];
    return {
      actions,
      planHash: checkedHash(actions, given),
      refused: null,
      broken: false,
      inFlight: answered,
    };
  }
  const names = await databasesOf(deps, payload.database);
  const surveys = [];
  for (const database of names) surveys.push(await survey(deps, database, answered));
  const planHash = checkedHash(
    surveys.flatMap(({ actions }) => actions),
    given,
  );
  const intention = { planHash, inFlight: answered, broken: false };
  const whole = surveys.flatMap(({ actions }) => actions);
  if (given !== undefined) return { ...intention, actions: whole, refused: null };
  const reasons = new Map(
    surveys.flatMap(({ database, breaker }) => (breaker === null ? [] : [[database, breaker]])),
  );
  if (!inFlight.known)
    for (const { database, breaker } of surveys)
      reasons.set(database, breaker === null ? whyUnknown : `${breaker}, and ${whyUnknown}`);
  const stopped = surveys.filter(({ database, actions }) => reasons.has(database) && deletes(actions));
  if (stopped.length === 0) return { ...intention, actions: whole, refused: null };
  return {
    ...intention,
    actions: whole.map((action) => heldBack(action, reasons.get(action.database), payload.dryRun)),
    refused: stopped.map((each) => refusal(each, reasons.get(each.database) ?? '')).join('; '),
    broken: inFlight.known,
  };
}

/** What waits for the hash, of which database, and why. */
function refusal({ database, actions }: Survey, why: string): string {
  const going = actions.filter(({ action }) => action === 'delete').length;
  return `${database}: ${why} (${going} would go)`;
}

/** In a dry run the line still says what would go with the hash; otherwise it stays. */
function heldBack(action: CleanupAction, why: string | undefined, dryRun: boolean): CleanupAction {
  if (why === undefined || action.action === 'keep') return action;
  if (dryRun) return { ...action, reason: `${action.reason}; only with this plan's hash, because ${why}` };
  return { ...action, action: 'keep', reason: `${action.reason}, but ${why}` };
}

function deletes(actions: readonly CleanupAction[]): boolean {
  return actions.some(({ action }) => action === 'delete');
}

function checkedHash(actions: readonly CleanupAction[], given: string | undefined): string {
  const planHash = planHashOf(actions);
  if (given === undefined || given === planHash) return planHash;
  throw new SagekeepError('PLAN_OUTDATED', 'The plan that was agreed to is not the plan any more.', {
    advice: 'Look at the present one with `sagekeep cleanup --dry-run`, and give its hash.',
    facts: { given, planHash },
  });
}

async function databasesOf(
  { vault, databases }: EngineDependencies,
  database: string | undefined,
): Promise<string[]> {
  const configured = databases.map(({ name }) => name);
  const known = [...new Set([...configured, ...(await vault.catalogue.databases())])].sort();
  if (database === undefined) return known;
  if (known.includes(database)) return [database];
  throw new SagekeepError('UNKNOWN_DATABASE', `There is no database ${JSON.stringify(database)}.`, {
    advice: `Known databases: ${known.join(', ') || 'none'}.`,
    facts: { database, known },
  });
}
