import type { JobContext, Report } from '@sagekeep/contracts';

/** The line in which a report says that its run is late, or makes up for one that did not happen. */
export function lateFacts({ late }: JobContext): Report['sections'][number]['facts'] {
  return late ? [{ name: 'run', value: late }] : [];
}
