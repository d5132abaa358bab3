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

/** Whether the storage could be read, and took the records of this look; `why` is null when it did both. */
export function recordsFinding(why: string | null): Finding {
  return seen({
    id: 'storage.records',
    title: 'The storage takes records',
    status: why === null ? 'pass' : 'fail',
    value: why ?? 'it does',
    expected: 'every look is kept',
    advice: 'sagekeep doctor; make room in the storage, or make it writable: nothing is kept until then.',
  });
}

/** Whether a database could be asked its quick checks; `why` is null when it could. */
export function checksFinding(database: string, why: string | null): Finding {
  return seen({
    id: 'monitor.checks',
    title: `${database}: Quick checks are made`,
    status: why === null ? 'pass' : 'fail',
    value: why ?? 'they were',
    expected: 'every check is asked and its report kept',
    advice: `sagekeep verify ${database}`,
  });
}
