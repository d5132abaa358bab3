import type { Incident, StatusLine } from '@sagekeep/contracts';

/** Which line of the status says what an incident says. */
const sameMatter: readonly (readonly [key: RegExp, line: string])[] = [
  [/^check:[^:]+:targets\.rpo$/, 'rpo'],
  [/^check:[^:]+:targets\.rto$/, 'rto'],
  [/^check:[^:]+:retention\.max-bytes$/, 'max-bytes'],
  [/^check:all:disk\.storage$/, 'storage'],
  [/^check:all:redis\.answers$/, 'redis'],
  [/^check:all:queues\.workers$/, 'workers'],
  // Each job that stands has a line of its own.
  [/^check:all:queues\.failed$/, 'workers'],
];

/**
 * Open incidents that no other line tells of. A line is read from the facts of this moment, an incident is as old as the
 * last look: where both are there the line is right, even when it is green.
 */
export function untold(incidents: readonly Incident[], lines: readonly StatusLine[]): Incident[] {
  const has = (id: string) => lines.some((line) => line.id === id);
  return incidents.filter(({ key }) => {
    // These lines are there exactly while their matter stands.
    if (/^(suspect|damaged):/.test(key)) return false;
    if (key.startsWith('proof:')) return !lines.some(({ id, level }) => id === 'proof' && level === 'fail');
    return !sameMatter.some(([pattern, line]) => pattern.test(key) && has(line));
  });
}
