import { AsyncLocalStorage } from 'node:async_hooks';
import { queueUnavailable } from './unavailable.ts';

/** How long Redis may say nothing before it counts as away, and how long a question may take however busy it is; ms. */
const silentMs = 900;
const totalMs = 5_000;

/** Something a caller asked of Redis. */
export interface Question {
  /** When it was asked, on `performance.now()`'s clock. */
  readonly start: number;
  /** The caller has been told how it ended: nothing more may be done for it. */
  over: boolean;
}

const asked = new AsyncLocalStorage<Question>();

/** Does the work of a question; every write that it comes to, however late, can tell whether it is still wanted. */
export function asking<T>(question: Question, work: () => Promise<T>): Promise<T> {
  return asked.run(question, work);
}

/** The question to which the present work belongs. */
export function presentQuestion(): Question {
  return asked.getStore() ?? newQuestion();
}

export function newQuestion(): Question {
  return { start: performance.now(), over: false };
}

export interface Patience {
  readonly question: Question;
  /** When Redis last said anything on the connections in question. */
  heardAt(): number;
}

/**
 * The outcome of the work, for as long as Redis says anything at all: a crowd of questions makes each of them wait. After
 * 900 ms of silence, or 5 s in all, the question is over and `QUEUE_UNAVAILABLE`.
 */
export async function answered<T>({ question, heardAt }: Patience, work: Promise<T>): Promise<T> {
  const since = performance.now();
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  let settled = false;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (settled) return;
    const silentAt = Math.max(since, heardAt()) + silentMs;
    const left = Math.min(silentAt, question.start + totalMs) - performance.now();
    if (left > 0) {
      // After a stall of this process the answer may lie in the socket: it is read before we look again.
      timer = setTimeout(() => setImmediate(() => setImmediate(look)), left);
      return;
    }
    question.over = true;
    reject(queueUnavailable());
  };
  look();
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    settled = true;
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
