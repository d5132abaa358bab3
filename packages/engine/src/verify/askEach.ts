import { isSagekeepError } from '@sagekeep/contracts';
import { isHeld } from '../server/index.ts';
import { type Answer, pass, skip, some } from './check.ts';
import type { Probe } from './probe.ts';
import { isUndefinedTable, later, mayHaveVanished, type Reason, unaskedReason } from './unasked.ts';

/** One of many things that a check asks about. */
export interface Item {
  readonly name: string;
  /** Its OID in pg_class, for what is asked about by OID. */
  readonly oid?: string;
}

/** What asking about one item after the other came to. */
export interface Asked<T> {
  readonly answers: readonly T[];
  /** What the server said of items that it could not read for a reason that is none of ours. */
  readonly broken: readonly string[];
  /** What was not read, and why; items that were dropped meanwhile are not among it. */
  readonly unread: readonly (Reason & { readonly name: string })[];
}

const timeUp: Reason = { why: 'the time was up', advice: later };

type Asking = Pick<Probe, 'hasTime' | 'query'>;

/**
 * Asks about each until the check's time is up; about what somebody holds once more at the end. An item that could not be
 * read keeps none of the others from being asked about, and nothing that was found is lost: the caller decides by `verdict`.
 */
export async function askEach<I extends Item, T>(
  probe: Asking,
  items: readonly I[],
  ask: (item: I) => Promise<T>,
): Promise<Asked<T>> {
  const answers: T[] = [];
  const broken: string[] = [];
  const unread: (Reason & { name: string })[] = [];
  const waiting = [...items];
  const held = new Set<I>();
  for (const item of waiting) {
    if (!probe.hasTime()) {
      unread.push({ name: item.name, ...timeUp });
      continue;
    }
    try {
      answers.push(await ask(item));
    } catch (error) {
      if (isHeld(error) && !held.has(item)) {
        held.add(item);
        waiting.push(item);
        continue;
      }
      const trouble = await troubleOf(probe, item, error);
      if (trouble === 'broken') broken.push(`${item.name}: ${messageOf(error)}`);
      else if (trouble !== 'dropped') unread.push({ name: item.name, ...trouble });
    }
  }
  return { answers, broken, unread };
}

/** Rethrows what the server did not say of this item, e.g. the reason of a signal. */
async function troubleOf(
  probe: Asking,
  { oid }: Item,
  error: unknown,
): Promise<'broken' | 'dropped' | Reason> {
  if (isUndefinedTable(error)) return 'dropped';
  if (mayHaveVanished(error) && oid !== undefined && !(await isThere(probe, oid))) return 'dropped';
  const reason = unaskedReason(error);
  if (reason !== null) return reason;
  if (isSagekeepError(error) && error.facts['sqlState'] !== undefined) return 'broken';
  throw error;
}

/** An index that is marked invalid is no longer one: REINDEX CONCURRENTLY puts another in its place, then drops it. */
async function isThere(probe: Asking, oid: string): Promise<boolean> {
  const rows = await probe.query(
    `select from pg_class c left join pg_index i on i.indexrelid = c.oid
     where c.oid = $1::oid and coalesce(i.indisvalid, true)`,
    [oid],
  );
  return rows.length > 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface Verdict {
  /** What the answers tell that is wrong. */
  readonly faults: readonly string[];
  /** How bad that is; what the server could not read is always a fail. */
  readonly status?: 'warn' | 'fail';
  /** What to say when nothing is. */
  readonly passed: string;
}

/** What is wrong wins over what was not read, and that over a pass. What was not read is named in each case. */
export function verdict(asked: Asked<unknown>, { faults, status = 'fail', passed }: Verdict): Answer {
  const wrong = [...asked.broken, ...faults];
  const left = unreadText(asked);
  if (wrong.length > 0) {
    const value = left === '' ? some(wrong) : `${some(wrong)}; ${left}`;
    return { status: asked.broken.length > 0 ? 'fail' : status, value };
  }
  if (left === '') return pass(passed);
  const done = asked.answers.length;
  const value = `${done} of ${done + asked.unread.length} read, nothing wrong with them; ${left}`;
  return skip(value, asked.unread[0]?.advice);
}

/** `not read: a, b (the time was up); c (another session holds a lock …)`; empty when all was read. */
export function unreadText({ unread }: Pick<Asked<unknown>, 'unread'>): string {
  if (unread.length === 0) return '';
  const reasons = [...new Set(unread.map(({ why }) => why))];
  const texts = reasons.map((why) => {
    const names = unread.filter((one) => one.why === why).map(({ name }) => name);
    return `${some(names)} (${why})`;
  });
  return `not read: ${texts.join('; ')}`;
}
