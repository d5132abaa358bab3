import type { DatabaseStatus, Incident, RestoreRecord, StatusLine } from '@sagekeep/contracts';
import { byteSize, counted, duration } from '../text/units.ts';
import type { DatabaseFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';

/** How old a verification may be before it says nothing any more. */
const staleMs = 3 * 24 * 3_600_000;

/** The newest result of the checks of the live database. */
export function verificationLine({ config, observations, now }: DatabaseFacts): StatusLine {
  const last = observations
    .filter(({ kind }) => kind === 'verification')
    .reduce<DatabaseFacts['observations'][number] | null>(
      (best, one) => (best === null || one.at > best.at ? one : best),
      null,
    );
  if (last === null) {
    return badLine('unknown', {
      id: 'verification',
      text: 'the live database was never verified',
      since: null,
      why: 'no verification of it is on record',
      command: `sagekeep verify ${config.name} --quick`,
    });
  }
  const age = duration(Math.max(0, now.getTime() - Date.parse(last.at)));
  if (now.getTime() - Date.parse(last.at) > staleMs) {
    return badLine('warn', {
      id: 'verification',
      text: `the live database was last verified ${age} ago: ${last.status}`,
      since: new Date(Date.parse(last.at) + staleMs),
      why: 'what was right then says nothing of today; a schedule with the job monitor verifies every hour',
      command: `sagekeep verify ${config.name} --quick`,
    });
  }
  if (last.status === 'pass') return okLine('verification', `verified ${age} ago: pass`);
  return badLine(last.status, {
    id: 'verification',
    text: `the verification ${age} ago ended with ${last.status}`,
    since: startOfStreak(observations, last.at),
    why: namedFindings(last) ?? 'its report names the findings',
    command: `sagekeep verify ${config.name} --report`,
  });
}

/** When the present run of results that are not `pass` began. */
function startOfStreak(observations: DatabaseFacts['observations'], fallback: string): string {
  const sorted = observations
    .filter(({ kind }) => kind === 'verification')
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const passed = sorted.findIndex(({ status }) => status === 'pass');
  return sorted[(passed === -1 ? sorted.length : passed) - 1]?.at ?? fallback;
}

/** Observations carry their findings as an additional field; the first few that are not green are named. */
function namedFindings(observation: Readonly<Record<string, unknown>>): string | null {
  const findings = observation['findings'];
  if (!Array.isArray(findings)) return null;
  const bad = findings.filter(isBadFinding);
  if (bad.length === 0) return null;
  const shown = bad.slice(0, 3).map(({ id, value }) => `${id}: ${value}`);
  const more = bad.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${counted(more, 'more finding')}` : '');
}

function isBadFinding(finding: unknown): finding is { id: string; value: string } {
  if (typeof finding !== 'object' || finding === null) return false;
  const { status, id, value } = finding as Record<string, unknown>;
  return (status === 'fail' || status === 'warn') && typeof id === 'string' && typeof value === 'string';
}

type Kept = DatabaseStatus['kept'][number];

/** With what each is kept for. */
function keptAside(restores: readonly RestoreRecord[]): (Kept & { readonly what: string })[] {
  return restores.flatMap(({ state, before, beforeBytes, undoUntil, swappedOut }) => {
    if (state === 'swapped' && before !== null)
      return [{ name: before, bytes: beforeBytes ?? null, until: undoUntil, what: 'undo for another' }];
    if (state === 'undone' && swappedOut)
      return [
        {
          name: swappedOut.name,
          bytes: null,
          until: swappedOut.until,
          what: 'swapped out by an undo; for another',
        },
      ];
    return [];
  });
}

/**
 * Databases that restores and undos have kept aside, how large they were then (null when nobody measured), and until
 * when they stay.
 */
export function keptDatabases(restores: readonly RestoreRecord[]): DatabaseStatus['kept'] {
  return keptAside(restores).map(({ name, bytes, until }) => ({ name, bytes, until }));
}

export function keptLines({ config, restores, now }: DatabaseFacts): StatusLine[] {
  return keptAside(restores).map(({ name, bytes, until, what }) => {
    const size = bytes === null ? '' : `, ${byteSize(bytes)}`;
    if (until === null || Date.parse(until) > now.getTime()) {
      const left = until === null ? '' : ` (${what} ${duration(Date.parse(until) - now.getTime())})`;
      return okLine(`kept:${name}`, `${name} is kept${size}${left}`);
    }
    return badLine('warn', {
      id: `kept:${name}`,
      text: `${name} is still kept${size}`,
      since: until,
      why: 'its time is over and cleanup has not dropped it',
      command: `sagekeep cleanup ${config.name}`,
    });
  });
}

/** Restores that were begun and neither finished nor failed: their worker is gone. */
export function restoreLines({ config, restores, now }: DatabaseFacts): StatusLine[] {
  const patience = Math.max(config.rtoMs * 2, 3_600_000);
  return restores
    .filter(
      ({ state, startedAt }) => state === 'building' && now.getTime() - Date.parse(startedAt) > patience,
    )
    .map(({ id, startedAt, into }) =>
      badLine('warn', {
        id: `restore:${id}`,
        text: `the restore ${id} into ${into} has not ended`,
        since: startedAt,
        why: 'it is on record as being built, and nothing has finished it',
        command: 'sagekeep jobs --queue restore',
      }),
    );
}

export function incidentLine(incident: Incident): StatusLine {
  return badLine(incident.severity, {
    id: `incident:${incident.key}`,
    text: incident.title,
    since: incident.openedAt,
    why: incident.detail,
    command: incident.advice,
  });
}
