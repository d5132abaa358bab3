import type { Level, StatusLine } from '@sagekeep/contracts';

const order: readonly Level[] = ['ok', 'unknown', 'warn', 'fail'];

/** The worst of several levels; `ok` for none. What is not known is worse than good and better than a warning. */
export function worst(levels: readonly Level[]): Level {
  return levels.reduce<Level>((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a), 'ok');
}

export function okLine(id: string, text: string): StatusLine {
  return { id, level: 'ok', text, since: null, why: null, command: null };
}

/**
 * A line that is not green. `since` is null where the facts do not tell: it then becomes the time of the first look that saw it.
 * `command` is what to type next.
 */
export function badLine(
  level: Exclude<Level, 'ok'>,
  line: { id: string; text: string; since: Date | string | null; why: string; command: string },
): StatusLine {
  const since = line.since instanceof Date ? line.since.toISOString() : line.since;
  return { ...line, level, since };
}
