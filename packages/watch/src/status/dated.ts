import type { Status, StatusLine } from '@sagekeep/contracts';
import type { Sighted, Sightings } from '@sagekeep/storage';
import type { StatusFacts } from './facts.ts';

/** Whose line it is: a database's, or nobody's in particular. */
type Owner = string | null;

/** The status with a `since` on every line that is not green: where the facts tell none, when a look first saw it so. */
export async function dated(status: Status, facts: StatusFacts, sightings: Sightings): Promise<Status> {
  const bad = badLines(status);
  const standing = new Set(bad.map(({ key }) => key));
  const firstSeen = await sightings.tend({
    seen: bad.filter(({ line }) => line.since === null).map(({ key }) => key),
    isOver: (key) => !standing.has(key) && isJudged(key, facts),
    at: facts.now,
  });
  const date = (owner: Owner, lines: readonly StatusLine[]) =>
    lines.map((line) => withSince(line, firstSeen[keyOf(owner, line)]));
  return {
    ...status,
    databases: status.databases.map((one) => ({ ...one, lines: date(one.database, one.lines) })),
    lines: date(null, status.lines),
  };
}

function badLines({ databases, lines }: Status): { key: string; line: StatusLine }[] {
  const all = [
    ...databases.flatMap((one) => one.lines.map((line) => ({ key: keyOf(one.database, line), line }))),
    ...lines.map((line) => ({ key: keyOf(null, line), line })),
  ];
  return all.filter(({ line }) => line.level !== 'ok');
}

/** What is not known and what is bad are two matters of one line: each has its own beginning. */
function keyOf(owner: Owner, { id, level }: StatusLine): string {
  return `${owner ?? ''}/${id}${level === 'unknown' ? ' unknown' : ''}`;
}

/** An incident is as young as the look that opened it: a status may have seen its matter before. */
function withSince(line: StatusLine, firstSeen: Sighted[string] | undefined): StatusLine {
  if (line.level === 'ok' || firstSeen === undefined) return line;
  return line.since === null || firstSeen < line.since ? { ...line, since: firstSeen } : line;
}

/** Whether these facts would show the line if it still stood: what was not asked may go on unseen. */
function isJudged(key: string, { jobs, storage }: StatusFacts): boolean {
  if (key === '/redis') return jobs.state !== 'not-asked';
  if (/^\/(workers|failed:.*)$/.test(key)) return jobs.state === 'answered';
  if (/^\/schedules( unknown)?$/.test(key) || key.endsWith('/unscheduled'))
    return jobs.state === 'answered' && jobs.nextRuns !== null;
  return storage.error === null;
}
