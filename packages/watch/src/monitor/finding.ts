import type { Finding, FindingStatus } from '@sagekeep/contracts';

export interface Seen {
  readonly id: string;
  readonly title: string;
  readonly status: FindingStatus;
  readonly value: string;
  readonly expected: string;
  readonly advice: string;
}

/** What the monitor has seen, in the form that checks of a database have. Advice is for what did not pass. */
export function seen({ advice, ...rest }: Seen): Finding {
  return { ...rest, group: 'performance', advice: rest.status === 'pass' ? '' : advice, durationMs: 0 };
}
