import { type EventEmitter, on } from 'node:events';

export interface WaitOptions {
  /** Fails with this text, and what was seen last, when it takes longer than `withinMs`. */
  readonly what?: string;
  /** Default 60 s. A limit that should never be reached, not a delay. */
  readonly withinMs?: number;
}

/** Resolves with the arguments of the first such event that `accept` likes. Subscribe before you cause it. */
export async function until(
  emitter: EventEmitter,
  event: string,
  accept: (...args: never[]) => boolean = () => true,
  { what = event, withinMs = 60_000 }: WaitOptions = {},
): Promise<unknown[]> {
  const limit = AbortSignal.timeout(withinMs);
  try {
    for await (const args of on(emitter, event, { signal: limit })) {
      if (accept(...(args as never[]))) return args as unknown[];
    }
  } catch (cause) {
    throw new Error(`waited ${withinMs} ms for ${what}`, { cause });
  }
  throw new Error(`the emitter ended before ${what}`);
}

/**
 * Asks again, 10 ms after each answer, until the answer is neither undefined nor false. For
 * conditions that nobody announces (a row in `pg_stat_activity`, a file); where there is an event, wait for that.
 */
export async function waitFor<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { what = 'the condition', withinMs = 60_000 }: WaitOptions = {},
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
