import type { DatabaseRecord, LabelledLook } from '@sagekeep/contracts';
import { isSeen, type LabelledDatabase } from '@sagekeep/runtime';

/** What one look has found, and what was known before. */
export interface Findings {
  readonly found: readonly LabelledDatabase[];
  readonly present: LabelledLook['present'];
  readonly records: readonly DatabaseRecord[];
  /** Ids of the labelled containers that this process has seen so far: those are its own Docker's. */
  readonly seen: ReadonlySet<string>;
  readonly at: Date;
}

export interface Settled {
  readonly put: readonly DatabaseRecord[];
  readonly forget: readonly string[];
}

/**
 * The records of labelled containers as they are to be after a look. Several workers may each ask a Docker of their own:
 * what another one keeps is left alone, and a name that it holds is not taken from it.
 */
export function settle(findings: Findings): Settled {
  const put = findings.found.map((each) => recordOf(each, findings));
  const kept = new Set(put.map(({ id }) => id));
  const forget: string[] = [];
  for (const record of findings.records) {
    if (kept.has(record.id)) continue;
    const fate = fateOf(record, findings);
    if (fate === 'gone') put.push(goneFrom(record, findings.at));
    if (fate === 'forget') forget.push(record.id);
  }
  return { put, forget };
}

function recordOf(each: LabelledDatabase, { records, seen, present, at }: Findings): DatabaseRecord {
  const { name, container, containerId, outcome } = each;
  const before = records.find(({ id }) => id === name);
  const taken = before !== undefined && isAnothers(before, each, { seen, present, at });
  const id = taken ? `${name}@${container}` : name;
  const said = taken
    ? {
        state: 'refused' as const,
        why: `the container ${before.container} beside another worker goes by the name ${name}`,
        advice: 'label one of them sagekeep.database=<a name of its own>',
      }
    : outcome;
  const now = at.toISOString();
  const last = records.find((record) => record.id === id);
  const trouble =
    said.state === 'ready' ? { why: null, advice: null } : { why: said.why, advice: said.advice };
  return {
    version: 1,
    id,
    name,
    container,
    containerId,
    dbname: said.state === 'ready' ? dbnameOf(said.config.url) : null,
    state: said.state,
    ...trouble,
    since: last?.state === said.state ? last.since : now,
    seenAt: now,
  };
}

/** A container made anew goes on under its name; one beside another worker does not lose it to us. */
function isAnothers(
  before: DatabaseRecord,
  { container, containerId }: LabelledDatabase,
  { seen, present, at }: Pick<Findings, 'seen' | 'present' | 'at'>,
): boolean {
  if (before.containerId === containerId || before.state === 'gone' || !isSeen(before, at)) return false;
  if (isOwn(before, { seen, present })) return false;
  // Ours was on record before: somebody else has put its own there since.
  return before.container !== container || seen.has(containerId);
}

function isOwn(
  { containerId }: DatabaseRecord,
  { seen, present }: Pick<Findings, 'seen' | 'present'>,
): boolean {
  return seen.has(containerId) || present.some(({ id }) => id === containerId);
}

function fateOf(record: DatabaseRecord, findings: Findings): 'gone' | 'forget' | 'stay' {
  const { present, at } = findings;
  const given = record.state === 'gone' || !isSeen(record, at);
  if (!given && !isOwn(record, findings)) return 'stay';
  // It is there, but not labelled any more.
  if (present.some(({ name }) => name === record.container)) return 'forget';
  if (record.state === 'gone' || !isOwn(record, findings)) return 'stay';
  return record.state === 'refused' ? 'forget' : 'gone';
}

function goneFrom(record: DatabaseRecord, at: Date): DatabaseRecord {
  const { name, container } = record;
  return {
    ...record,
    state: 'gone',
    why: 'it was removed, or is not labelled under this name any more',
    advice: `start ${container} again, or forget it for good: sagekeep forget ${name}`,
    since: at.toISOString(),
  };
}

function dbnameOf(url: string | null): string | null {
  return url === null ? null : decodeURIComponent(new URL(url).pathname.slice(1));
}
