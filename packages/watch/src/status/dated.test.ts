import { type Incident, Status, type StatusLine } from '@sagekeep/contracts';
import { type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backup, databaseConfig, hour, noon, proof, restore, statusFacts } from '../testing/facts.ts';
import { dated } from './dated.ts';
import type { StatusFacts } from './facts.ts';
import { statusOf } from './statusOf.ts';

let place: TemporaryVault;
beforeEach(async () => {
  place = await temporaryVault();
  await place.storage.put('sage/README', 'a storage in use');
});
afterEach(() => place[Symbol.asyncDispose]());

const answered = { state: 'answered' as const, counts: {}, failures: [], workers: [], nextRuns: [] };
const later = (hours: number) => new Date(noon.getTime() + hours * hour);

async function look(changes: Partial<StatusFacts>): Promise<Status> {
  const facts = statusFacts(changes);
  return dated(statusOf(facts), facts, place.vault.sightings);
}

function linesOf({ databases, lines }: Status): StatusLine[] {
  return [...databases.flatMap((database) => database.lines), ...lines];
}

async function since(changes: Partial<StatusFacts>, id: string): Promise<string | null | undefined> {
  return linesOf(await look(changes)).find((line) => line.id === id)?.since;
}

function incident(key: string, database: string | null, openedAt: string): Incident {
  return {
    ...{ version: 1, id: key, key, database, severity: 'fail', title: key, detail: 'x', advice: 'y' },
    ...{ openedAt, lastSeenAt: openedAt, remindedAt: null, resolvedAt: null, occurrences: 1 },
  };
}

const storage = statusFacts().storage;
const at = '2026-11-22T05:00:00Z';
const never = databaseConfig({ proof: { when: 'never', where: 'own', vectorIndexes: true } });
const small = databaseConfig({ retention: { ...databaseConfig().retention, maxBytes: 1 } });
const other = { schedule: 'backup-owl', at: noon, job: 'backup', database: 'owl' };
const labelled = {
  ...{ version: 1 as const, id: 'sage', name: 'sage', container: 'db', containerId: 'c', dbname: null },
  ...{ state: 'gone' as const, why: null, advice: null, since: at, seenAt: at },
};
const id = backup().manifest.id;
const verified = (status: 'warn' | 'pass', when: string) => ({
  ...{ version: 1 as const, id: 'v', kind: 'verification' as const, database: 'sage', at: when, status },
});

/** A matter for every line that can be other than green, and the line. */
const troubles: readonly (readonly [line: string, facts: Partial<StatusFacts>])[] = [
  ['backup', { backups: [] }],
  ['backup', { backups: [backup({ at: '2026-11-23T02:00:00Z' })] }],
  ['rpo', { backups: [] }],
  ['rpo', { databases: [never], backups: [] }],
  ['rpo', { backups: [backup({ marks: { proof: null } })] }],
  ['rpo', { now: later(48) }],
  ['proof', { backups: [backup({ marks: { proof: proof({ result: 'failed' }) } })] }],
  ['proof', { backups: [backup({ marks: { proof: null } })] }],
  ['rto', { backups: [] }],
  ['rto', { databases: [databaseConfig({ rtoMs: 1 })] }],
  ['max-bytes', { databases: [small] }],
  ['verification', { observations: [] }],
  ['verification', { observations: [verified('pass', '2026-11-01T00:00:00Z')] }],
  ['verification', { observations: [verified('warn', at)] }],
  ['labelled:sage', { labelled: [labelled] }],
  ['labelled:sage', { labelled: [{ ...labelled, state: 'refused' }] }],
  ['labelled:sage', { labelled: [{ ...labelled, state: 'ready' }] }],
  ['damaged:x', { damaged: [{ database: 'sage', id: 'x', reason: 'no manifest' }] }],
  [
    `scrub:${id}`,
    { backups: [backup({ marks: { scrub: { kind: 'scrub', at, result: 'damaged', damaged: ['a'] } } })] },
  ],
  [`suspect:${id}`, { backups: [backup({ marks: { suspect: { kind: 'suspect', at, reasons: ['x'] } } })] }],
  ['scrub', { backups: [backup(), backup({ at: '2026-09-01T02:00:00Z' })] }],
  ['kept:sage_memory_before_abc', { restores: [restore({ undoUntil: at })] }],
  ['restore:r1', { restores: [restore({ state: 'building', startedAt: at })] }],
  ['unscheduled', { jobs: { ...answered, nextRuns: [other] } }],
  ['incident:check:sage:x', { incidents: [incident('check:sage:x', 'sage', at)] }],
  ['storage', { storage: { ...storage, error: 'EIO' } }],
  ['backup', { storage: { ...storage, error: 'EIO' } }],
  ['storage', { storage: { ...storage, space: { freeBytes: 5, totalBytes: 100 } } }],
  ['records', { storage: { ...storage, damagedRecords: ['r1'] } }],
  ['redis', { jobs: { state: 'silent' } }],
  ['workers', { jobs: answered }],
  ['schedules', { jobs: answered }],
  ['schedules', { jobs: { ...answered, nextRuns: null } }],
  [
    'failed:backup',
    {
      jobs: { ...answered, failures: [{ queue: 'backup', id: '7', at: null, cause: 'backup-failed:sage' }] },
    },
  ],
  ['incident:check:all:x', { incidents: [incident('check:all:x', null, at)] }],
];

it.each(troubles)(
  '%s is not green without since when, however often and late it is looked at',
  async (line, facts) => {
    const [first, second] = [await look(facts), await look({ ...facts, now: later(facts.now ? 49 : 1) })];
    const [one, two] = [first, second].map((status) => linesOf(status).find(({ id: each }) => each === line));
    for (const bad of [one, two]) expect(bad?.level).toMatch(/^(warn|fail|unknown)$/);
    expect([one?.since, two?.since]).toEqual([expect.any(String), one?.since]);
  },
);

it('whatever troubles come together and go: since is null exactly where a line is green', async () => {
  const steps = fc.array(fc.subarray(troubles.map((_, index) => index)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(steps, async (histories) => {
      for (const [step, some] of histories.entries()) {
        const facts = Object.assign({}, ...some.map((index) => troubles[index]?.[1]), { now: later(step) });
        const status = Status.parse(await look(facts));
        for (const line of linesOf(status)) {
          expect([line.id, line.since === null]).toEqual([line.id, line.level === 'ok']);
        }
      }
    }),
    { numRuns: 60 },
  );
});

it('a line that was green in between begins anew', async () => {
  const bad = { observations: [] };
  expect(await since(bad, 'verification')).toBe(noon.toISOString());
  expect(await since({ ...bad, now: later(2) }, 'verification')).toBe(noon.toISOString());
  await look({ now: later(3) });
  expect(await since({ ...bad, now: later(4) }, 'verification')).toBe(later(4).toISOString());
});

it('what is not known and what is bad begin apart', async () => {
  await look({ observations: [] });
  const failed = { observations: [verified('warn', '2026-11-22T13:00:00Z')], now: later(2) };
  expect(await since(failed, 'verification')).toBe('2026-11-22T13:00:00Z');
});

it('an incident that was opened after the first look makes the trouble no younger', async () => {
  const jobs = answered;
  expect(await since({ jobs }, 'workers')).toBe(noon.toISOString());
  const incidents = [incident('check:all:queues.workers', null, later(1).toISOString())];
  expect(await since({ jobs, incidents, now: later(2) }, 'workers')).toBe(noon.toISOString());
});

it('who cannot ask the queues or the storage ends nothing of theirs', async () => {
  const jobs = answered;
  await look({ jobs, observations: [] });
  await look({ jobs: { state: 'not-asked' }, observations: [], now: later(1) });
  await look({ jobs: { state: 'silent' }, storage: { ...storage, error: 'EIO' }, now: later(2) });
  expect(await since({ jobs, observations: [], now: later(3) }, 'workers')).toBe(noon.toISOString());
  expect(await since({ jobs, observations: [], now: later(4) }, 'verification')).toBe(noon.toISOString());
  expect(await since({ jobs: { state: 'silent' }, now: later(5) }, 'redis')).toBe(later(5).toISOString());
});
