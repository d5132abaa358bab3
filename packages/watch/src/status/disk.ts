import type { DatabaseStatus, Observation } from '@sagekeep/contracts';

/** The disk of the server as the newest verification has it: an older measure would hide that nobody sees it any more. */
export function diskOf(observations: readonly Observation[]): DatabaseStatus['disk'] {
  const [last] = observations.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const { freeBytes, totalBytes } = last?.measures?.['performance.disk'] ?? {};
  if (last === undefined || freeBytes === undefined || totalBytes === undefined) return null;
  return { freeBytes, totalBytes, at: last.at };
}
