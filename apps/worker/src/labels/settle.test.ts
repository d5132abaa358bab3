import type { DatabaseRecord } from '@sagekeep/contracts';
import type { LabelledDatabase } from '@sagekeep/runtime';
import { describe, expect, it } from 'vitest';
import { settle } from './settle.ts';

const at = new Date('2026-11-22T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(at.getTime() - minutes * 60_000).toISOString();

function found(changes: Partial<LabelledDatabase> = {}): LabelledDatabase {
  const outcome = { state: 'unreachable', why: 'it is stopped', advice: 'docker start db' } as const;
  return { name: 'shop', container: 'db', containerId: 'c1', running: true, outcome, ...changes };
}

function record(changes: Partial<DatabaseRecord> = {}): DatabaseRecord {
  return {
    version: 1,
    id: 'shop',
    name: 'shop',
    container: 'db',
    containerId: 'c1',
    dbname: 'shop',
    state: 'ready',
    why: null,
    advice: null,
    since: minutesAgo(60),
    seenAt: minutesAgo(2),
    ...changes,
  };
}

function settled(about: {
  found?: LabelledDatabase[];
  present?: { id: string; name: string }[];
  records?: DatabaseRecord[];
  seen?: string[];
}) {
  const { put, forget } = settle({
    found: about.found ?? [],
    present: about.present ?? [],
    records: about.records ?? [],
    seen: new Set(about.seen),
    at,
  });
  return { put: put.map(({ id, state, containerId }) => `${id} ${state} ${containerId}`), forget };
}

it('a state that stands keeps its beginning; a new one begins now', () => {
  const stands = settle({
    found: [found()],
    present: [],
    records: [record({ state: 'unreachable' })],
    seen: new Set(),
    at,
  });
  expect(stands.put).toMatchObject([
    { since: minutesAgo(60), seenAt: at.toISOString(), why: 'it is stopped' },
  ]);
  const begins = settle({ found: [found()], present: [], records: [record()], seen: new Set(), at });
  expect(begins.put).toMatchObject([{ since: at.toISOString(), advice: 'docker start db' }]);
});

describe('a container that is not found labelled any more', () => {
  it('is forgotten when it is there without its label', () => {
    const present = [{ id: 'c2', name: 'db' }];
    expect(settled({ records: [record()], present, seen: ['c1'] })).toEqual({ put: [], forget: ['shop'] });
  });
  it('is gone when it vanished, and its record stays as it is', () => {
    expect(settled({ records: [record()], seen: ['c1'] }).put).toEqual(['shop gone c1']);
    const gone = record({ state: 'gone', why: 'x' });
    expect(settled({ records: [gone], seen: ['c1'] })).toEqual({ put: [], forget: [] });
  });
  it('is forgotten when it was never protected', () => {
    const records = [record({ state: 'refused' })];
    expect(settled({ records, seen: ['c1'] })).toEqual({ put: [], forget: ['shop'] });
  });
  it("is left alone when it is another worker's, also one of the same name here", () => {
    expect(settled({ records: [record()], present: [{ id: 'c9', name: 'db' }] })).toEqual({
      put: [],
      forget: [],
    });
  });
  it('is forgotten after a while when it is here without its label, whoever had it', () => {
    const records = [record({ seenAt: minutesAgo(16) })];
    expect(settled({ records, present: [{ id: 'c9', name: 'db' }] }).forget).toEqual(['shop']);
    expect(settled({ records })).toEqual({ put: [], forget: [] });
  });
});

describe('a name that another container has', () => {
  const mine = found({ containerId: 'c2' });
  it('goes on with a container made anew, seen before or not', () => {
    expect(settled({ found: [mine], records: [record()], seen: ['c1'] }).put).toEqual([
      'shop unreachable c2',
    ]);
    expect(settled({ found: [mine], records: [record()] }).put).toEqual(['shop unreachable c2']);
  });
  it('is not taken from a container beside another worker', () => {
    const other = found({ containerId: 'c2', container: 'db2' });
    expect(settled({ found: [other], records: [record()] })).toEqual({
      put: ['shop@db2 refused c2'],
      forget: [],
    });
    // It was ours, and another worker has put its own there.
    expect(settled({ found: [mine], records: [record()], seen: ['c2'] }).put).toEqual(['shop@db refused c2']);
  });
  it.each([
    ['gone', record({ state: 'gone' })],
    ['not seen for long', record({ seenAt: minutesAgo(16) })],
  ])('is free once that one is %s', (_what, before) => {
    const other = found({ containerId: 'c2', container: 'db2' });
    expect(settled({ found: [other], records: [before] }).put).toEqual(['shop unreachable c2']);
  });
  it('leaves no refusal behind once it is free', () => {
    const refusal = record({ id: 'shop@db2', container: 'db2', containerId: 'c2', state: 'refused' });
    const other = found({ containerId: 'c2', container: 'db2' });
    const present = [{ id: 'c2', name: 'db2' }];
    expect(settled({ found: [other], records: [record({ state: 'gone' }), refusal], present })).toEqual({
      put: ['shop unreachable c2'],
      forget: ['shop@db2'],
    });
  });
});
