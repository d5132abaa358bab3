import { createHash } from 'node:crypto';
import type { Incident } from '@sagekeep/contracts';
import { plainLine } from '../text/plain.ts';
import type { Cause } from './cause.ts';
import type { OpenKey } from './openKeys.ts';

/** Ids sort by time. */
export function idOf(key: string, at: Date): string {
  const stamp = at.toISOString().replace(/[-:]/g, '').replace('.', '').toLowerCase();
  return `${stamp}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

export function opened(cause: Cause, { id, at }: OpenKey, silenced: string | undefined): Incident {
  return {
    version: 1,
    id,
    ...wordsOf(cause),
    openedAt: at,
    lastSeenAt: at,
    remindedAt: null,
    resolvedAt: null,
    occurrences: 1,
    ...(silenced === undefined ? {} : { silenced }),
  };
}

/** The newest words count; the severity of an open incident only rises. */
export function seenAgain(known: Incident, cause: Cause, at: Date): Incident {
  const severity = known.severity === 'fail' ? 'fail' : cause.severity;
  const occurrences = known.occurrences + 1;
  return { ...known, ...wordsOf(cause), severity, lastSeenAt: at.toISOString(), occurrences };
}

function wordsOf(cause: Cause): Cause {
  const { key, database, severity } = cause;
  const [title, detail, advice] = [cause.title, cause.detail, cause.advice].map(plainLine);
  return { key, database, severity, title: title ?? '', detail: detail ?? '', advice: advice ?? '' };
}
