import { type Drill, type Incident, type Scrub, Status, type StatusLine } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { backup, databaseConfig, hour, noon, proof, restore, statusFacts } from '../testing/facts.ts';
import type { StatusFacts } from './facts.ts';
import { renderStatus } from './renderStatus.ts';
import { statusOf } from './statusOf.ts';

const answered = { state: 'answered' as const, counts: {}, failures: [], workers: [], nextRuns: [] };

function incident(key: string, database: string | null): Incident {
  const at = '2026-11-22T08:00:00Z';
  return {
    ...{ version: 1, id: key, key, database, severity: 'fail', title: key, detail: '', advice: '' },
    ...{ openedAt: at, lastSeenAt: at, remindedAt: null, resolvedAt: null, occurrences: 1 },
  };
}

function line(changes: Partial<StatusFacts>, id: string): StatusLine | undefined {
  const status = statusOf(statusFacts(changes));
  return [...status.databases.flatMap(({ lines }) => lines), ...status.lines].find((one) => one.id === id);
}

describe('statusOf', () => {
  it('is green for a database that is proven, fresh, measured and verified', () => {
    const status = statusOf(statusFacts());
    expect(status.level).toBe('ok');
    expect(status.databases[0]?.rpo).toEqual({ targetMs: 26 * hour, actualMs: 10 * hour });
    expect(status.databases[0]?.rto.measuredMs).toBe(120_000);
    expect(Status.parse(status)).toEqual(status);
  });

  it('fails when nothing was ever backed up', () => {
    const status = statusOf(statusFacts({ backups: [] }));
    expect(status.level).toBe('fail');
    expect(status.databases[0]?.lastBackup).toBeNull();
    expect(line({ backups: [] }, 'rpo')?.command).toBe('sagekeep backup sage');
  });

  it('counts RPO from the newest proven snapshot, whatever is newer and not proven', () => {
    const old = backup({ at: '2026-11-20T02:00:00Z' });
    const fresh = backup({ marks: { proof: null } });
    expect(line({ backups: [fresh, old] }, 'rpo')).toMatchObject({
      level: 'fail',
      since: '2026-11-21T04:00:00.000Z',
      command: `sagekeep prove ${fresh.manifest.id}`,
    });
  });

  it('counts RPO from the newest regular backup where proofs are switched off', () => {
    const databases = [databaseConfig({ proof: { when: 'never', where: 'own', vectorIndexes: true } })];
    const unproven = backup({ marks: { proof: null } });
    const well = statusOf(statusFacts({ databases, backups: [unproven] }));
    expect(well.databases[0]?.rpo.actualMs).toBe(10 * hour);
    expect(line({ databases, backups: [unproven] }, 'rpo')).toMatchObject({
      level: 'ok',
      text: 'newest backup is 10 h old (target 26 h; proofs are switched off)',
    });
    expect(renderStatus(well).split('\n')[0]).not.toContain('proven');
    const now = new Date(noon.getTime() + 20 * hour);
    const safety = backup({ at: '2026-11-23T07:00:00Z', manifest: { reason: 'safety' } });
    expect(line({ databases, backups: [safety, unproven], now }, 'rpo')).toMatchObject({
      level: 'fail',
      since: '2026-11-23T04:00:00.000Z',
      why: 'no backup was made since',
      command: 'sagekeep backup sage',
    });
    const scrub: Scrub = { kind: 'scrub', at: noon.toISOString(), result: 'damaged', damaged: ['a'] };
    const rotten = backup({ marks: { proof: null, scrub } });
    expect(line({ databases, backups: [rotten] }, 'rpo')?.text).toBe('nothing to restore from');
  });

  it('lets a fresh database be unproven for the length of its RPO and no longer', () => {
    const fresh = backup({ marks: { proof: null } });
    expect(line({ backups: [fresh] }, 'rpo')?.level).toBe('warn');
    expect(line({ backups: [fresh], now: new Date(noon.getTime() + 20 * hour) }, 'rpo')?.level).toBe('fail');
  });

  it('never counts a failed proof, nor a proven backup that a later scrub found damaged', () => {
    const failed = backup({ marks: { proof: proof({ result: 'failed', error: 'rows differ' }) } });
    expect(statusOf(statusFacts({ backups: [failed] })).databases[0]?.lastProven).toBeNull();
    expect(line({ backups: [failed] }, 'proof')).toMatchObject({ level: 'fail', why: 'rows differ' });
    const rotten = backup({
      marks: {
        scrub: { kind: 'scrub', at: '2026-11-22T05:00:00Z', result: 'damaged', damaged: ['a.sql.custom'] },
      },
    });
    expect(statusOf(statusFacts({ backups: [rotten] })).databases[0]?.lastProven).toBeNull();
    expect(line({ backups: [rotten] }, `scrub:${rotten.manifest.id}`)?.level).toBe('fail');
  });

  it('warns of archives that nothing has read for longer than they may lie', () => {
    const old = backup({ at: '2026-10-19T02:00:00Z' });
    expect(line({ backups: [backup(), old] }, 'scrub')).toMatchObject({
      level: 'warn',
      why: expect.stringContaining(old.manifest.id),
    });
    const scrub: Scrub = { kind: 'scrub', at: '2026-11-01T05:00:00Z', result: 'whole', damaged: [] };
    const read = backup({ at: '2026-10-19T02:00:00Z', marks: { scrub } });
    expect(line({ backups: [backup(), read] }, 'scrub')).toBeUndefined();
    const config = databaseConfig({
      proof: { when: 'every-backup', where: 'own', vectorIndexes: true, scrubWithinMs: 240 * hour },
    });
    expect(line({ backups: [backup(), read], databases: [config] }, 'scrub')?.level).toBe('warn');
  });

  it('warns of an old backup without its proof, and not of one that was made just now', () => {
    const waiting = backup({ at: '2026-11-22T11:30:00Z', marks: { proof: null } });
    expect(line({ backups: [waiting, backup()] }, 'proof')?.level).toBe('ok');
    const forgotten = backup({ at: '2026-11-22T03:00:00Z', marks: { proof: null } });
    expect(line({ backups: [forgotten, backup()] }, 'proof')?.level).toBe('warn');
  });

  it('does not take a proof without vector indexes for a measurement', () => {
    const spared = backup({ marks: { proof: proof({ vectorIndexes: false }) } });
    expect(line({ backups: [spared] }, 'rto')?.level).toBe('unknown');
  });

  it('keeps the measure of a drill when its backup is proven again without vector indexes, or removed', () => {
    const spared = backup({ marks: { proof: proof({ vectorIndexes: false }) } });
    const id = spared.manifest.id;
    const measured = { at: '2026-11-22T04:00:00Z', durationMs: 90_000, databaseBytes: 366_000_000 };
    const drill: Drill = { version: 1, id: 'sage', database: 'sage', backup: id, ...measured };
    const rto = (changes: Partial<StatusFacts>) =>
      statusOf(statusFacts({ drills: [drill], ...changes })).databases[0]?.rto.measuredMs;
    expect(rto({ backups: [spared] })).toBe(90_000);
    expect(rto({ backups: [] })).toBe(90_000);
    const restores = [
      restore({ backup: id, startedAt: '2026-11-22T10:50:00Z', finishedAt: '2026-11-22T11:00:00Z' }),
    ];
    expect(rto({ backups: [spared], restores })).toBe(600_000);
    expect(rto({ backups: [spared], drills: [{ ...drill, database: 'other' }] })).toBeNull();
  });

  it('scales the measured time by the growth since', () => {
    const old = backup({ at: '2026-11-21T12:00:00Z', manifest: { databaseBytes: 1_000 } });
    const grown = backup({ manifest: { databaseBytes: 3_000 }, marks: { proof: null } });
    expect(statusOf(statusFacts({ backups: [grown, old] })).databases[0]?.rto.measuredMs).toBe(360_000);
    expect(line({ databases: [databaseConfig({ rtoMs: 60_000 })] }, 'rto')?.level).toBe('warn');
  });

  it('warns when backups take more than retention.maxBytes, and since which one', () => {
    const backups = [backup(), backup({ at: '2026-11-21T02:00:00Z' })];
    const limited = (maxBytes: number | null) => [
      databaseConfig({ retention: { ...databaseConfig().retention, maxBytes } }),
    ];
    expect(line({ backups, databases: limited(null) }, 'max-bytes')).toBeUndefined();
    expect(line({ backups, databases: limited(700e6) }, 'max-bytes')?.level).toBe('ok');
    expect(line({ backups, databases: limited(400e6) }, 'max-bytes')).toMatchObject({
      level: 'warn',
      text: 'its backups take 610 MB (retention.maxBytes 400 MB)',
      since: '2026-11-22T02:00:00Z',
    });
  });

  it('names a suspect backup until a person has acknowledged it', () => {
    const suspect = {
      kind: 'suspect' as const,
      at: '2026-11-22T02:06:00Z',
      reasons: ['rows of memories collapsed'],
    };
    const one = backup({ marks: { suspect } });
    const id = `suspect:${one.manifest.id}`;
    expect(line({ backups: [one] }, id)?.why).toBe('rows of memories collapsed');
    const acknowledgement = {
      kind: 'acknowledgement' as const,
      at: '2026-11-22T08:00:00Z',
      by: 'ann',
      reason: 'ok',
    };
    expect(line({ backups: [backup({ marks: { suspect, acknowledgement } })] }, id)).toBeUndefined();
  });

  it('names the findings of the last verification and since when it is not green', () => {
    const observed = (at: string, status: 'pass' | 'fail', findings: unknown[] = []) => ({
      version: 1 as const,
      id: at,
      kind: 'verification' as const,
      database: 'sage',
      at,
      status,
      findings,
    });
    const observations = [
      observed('2026-11-22T11:00:00Z', 'fail', [{ id: 'pgvector.index', status: 'fail', value: 'invalid' }]),
      observed('2026-11-22T10:00:00Z', 'fail'),
      observed('2026-11-22T09:00:00Z', 'pass'),
    ];
    expect(line({ observations }, 'verification')).toMatchObject({
      level: 'fail',
      since: '2026-11-22T10:00:00Z',
      why: 'pgvector.index: invalid',
    });
    expect(line({ observations: [] }, 'verification')?.level).toBe('unknown');
  });

  it.each([
    ['redis', { jobs: { state: 'silent' } }, 'fail'],
    ['workers', { jobs: { state: 'answered', counts: {}, failures: [], workers: [], nextRuns: [] } }, 'fail'],
    [
      'schedules',
      { jobs: { state: 'answered', counts: {}, failures: [], workers: [], nextRuns: [] } },
      'warn',
    ],
    [
      'failed:backup',
      {
        jobs: {
          ...answered,
          failures: [{ queue: 'backup', id: '7', at: '2026-11-22T02:00:00Z', cause: 'backup-failed:sage' }],
        },
      },
      'warn',
    ],
  ] as const)('says that %s needs somebody', (id, changes, level) => {
    expect(line(changes, id)?.level).toBe(level);
  });

  it('counts no failed job that a success has followed, and says since when others stand and what to type', () => {
    const jobs = { ...answered, counts: { backup: { failed: 3 }, verify: { failed: 2 } } };
    const failures = [
      { queue: 'verify', id: '9', at: '2026-11-22T04:00:00Z', cause: 'verify-failed:sage' },
      { queue: 'verify', id: '8', at: '2026-11-22T03:00:00Z', cause: 'scrub-failed:all' },
    ];
    expect(line({ jobs }, 'failed:backup')).toBeUndefined();
    expect(line({ jobs: { ...jobs, failures } }, 'failed:verify')).toMatchObject({
      text: '2 failed jobs in the queue verify',
      since: '2026-11-22T03:00:00Z',
      command: 'sagekeep jobs --queue verify --state failed',
    });
    expect(line({ jobs: { ...jobs, failures: failures.slice(0, 1) } }, 'failed:verify')?.command).toBe(
      'sagekeep retry verify/9',
    );
  });

  it('does not call a database verified that was verified long ago', () => {
    const late = { backups: [backup({ at: '2026-11-25T10:00:00Z' })], now: new Date('2026-11-25T12:00:00Z') };
    expect(line(late, 'verification')).toMatchObject({ level: 'warn', since: '2026-11-25T11:00:00.000Z' });
    expect(line({ now: new Date('2026-11-25T10:00:00Z') }, 'verification')?.level).toBe('ok');
  });

  it('names a database that no schedule backs up while others are, and every next run', () => {
    const at = new Date('2026-11-23T02:00:00Z');
    const nextRuns = [
      { schedule: 'monitor', at, job: 'monitor', database: null },
      { schedule: 'backup-sage', at: noon, job: 'backup', database: 'sage' },
    ];
    const databases = [databaseConfig(), databaseConfig({ name: 'owl' })];
    const status = statusOf(statusFacts({ databases, jobs: { ...answered, nextRuns } }));
    const unscheduled = status.databases.map(({ lines }) => lines.find(({ id }) => id === 'unscheduled'));
    expect(unscheduled).toEqual([undefined, expect.objectContaining({ level: 'warn' })]);
    expect(status.lines.find(({ id }) => id === 'schedules')?.text).toBe(
      'next (UTC): backup-sage 2026-11-22 12:00, monitor 2026-11-23 02:00',
    );
    expect(line({ databases, jobs: answered }, 'unscheduled')).toBeUndefined();
  });

  it('tells the coverage that was counted last', () => {
    const observed = (at: string, measures?: Record<string, Record<string, number>>) => ({
      ...{ version: 1 as const, id: at, kind: 'verification' as const, database: 'sage', at },
      ...{ status: 'pass' as const, ...(measures === undefined ? {} : { measures }) },
    });
    const observations = [
      observed('2026-11-22T11:00:00Z'),
      observed('2026-11-22T10:00:00Z', { 'pgvector.coverage': { 'memories.embedding': 97.5 } }),
      observed('2026-11-22T09:00:00Z', { 'pgvector.coverage': { 'memories.embedding': 90 } }),
    ];
    expect(statusOf(statusFacts({ observations })).databases[0]?.coverage).toEqual([
      { column: 'memories.embedding', percent: 97.5, at: '2026-11-22T10:00:00Z' },
    ]);
  });

  it("tells the server's disk while the newest verification sees it", () => {
    const observed = (hour: number, measures: Record<string, Record<string, number>>) => ({
      ...{ version: 1 as const, id: String(hour), kind: 'verification' as const, database: 'sage', measures },
      ...{ at: new Date(noon.getTime() + (hour - 12) * 3_600_000).toISOString(), status: 'pass' as const },
    });
    const disk = (...observations: StatusFacts['observations']) =>
      statusOf(statusFacts({ observations })).databases[0]?.disk;
    const seen = observed(10, { 'performance.disk': { freeBytes: 3, totalBytes: 4 } });
    expect(disk(seen, observed(8, { 'performance.disk': { freeBytes: 4, totalBytes: 4 } }))).toEqual({
      ...{ freeBytes: 3, totalBytes: 4, at: '2026-11-22T10:00:00.000Z' },
    });
    expect(disk(observed(11, { 'performance.size': { bytes: 1 } }), seen)).toBeNull();
    expect(disk()).toBeNull();
  });

  it('says one thing once: a live line stands for the incident of the same matter, green or not', () => {
    const suspect = { kind: 'suspect' as const, at: '2026-11-22T02:06:00Z', reasons: ['it is empty'] };
    const facts = statusFacts({
      backups: [backup({ marks: { suspect } })],
      jobs: { ...answered, failures: [{ queue: 'backup', id: '7', at: null, cause: 'backup-failed:sage' }] },
      incidents: [
        ...['check:sage:targets.rpo', 'suspect:sage', 'backup-failed:sage', 'proof:sage'].map((key) =>
          incident(key, 'sage'),
        ),
        ...['check:all:disk.storage', 'check:all:disk.data', 'check:all:queues.workers'].map((key) =>
          incident(key, null),
        ),
      ],
    });
    const status = statusOf(facts);
    const told = [...status.databases.flatMap(({ lines }) => lines), ...status.lines].map(({ id }) => id);
    expect(told.filter((id) => /^(incident|failed):/.test(id))).toEqual([
      'incident:backup-failed:sage',
      'incident:proof:sage',
      'incident:check:all:disk.data',
    ]);
    expect(status.lines.find(({ id }) => id === 'workers')?.since).toBe('2026-11-22T08:00:00Z');
    const failed = [backup({ marks: { proof: proof({ result: 'failed' }) } })];
    expect(line({ ...facts, backups: failed }, 'incident:proof:sage')).toBeUndefined();
  });

  it('takes no safety backup of a restore for one that waits for a proof, or for the size of today', () => {
    const safety = backup({
      at: '2026-11-22T03:00:00Z',
      manifest: { reason: 'safety', databaseBytes: 1e12 },
      marks: { proof: null },
    });
    const backups = [safety, backup()];
    expect(line({ backups }, 'proof')?.level).toBe('ok');
    expect(line({ backups }, 'rto')?.level).toBe('ok');
    const late = { backups, now: new Date('2026-11-24T12:00:00Z') };
    expect(line(late, 'rpo')).toMatchObject({ level: 'fail', command: 'sagekeep backup sage' });
  });

  it('shows the database that a restore keeps, how large it is, and when nobody has dropped it in time', () => {
    const name = 'sage_memory_before_abc';
    const restores = [restore({ beforeBytes: 366_000_000 })];
    expect(statusOf(statusFacts({ restores })).databases[0]?.kept).toEqual([
      { name, bytes: 366_000_000, until: '2026-11-23T11:00:00Z' },
    ]);
    expect(line({ restores }, `kept:${name}`)).toMatchObject({
      level: 'ok',
      text: `${name} is kept, 366 MB (undo for another 23 h)`,
    });
    const late = new Date('2026-11-23T12:00:00Z');
    expect(line({ restores, now: late }, `kept:${name}`)).toMatchObject({
      level: 'warn',
      text: `${name} is still kept, 366 MB`,
    });
    expect(line({ restores: [restore()] }, `kept:${name}`)?.text).toBe(
      `${name} is kept (undo for another 23 h)`,
    );
  });

  it('shows the copy that an undo has swapped out, until cleanup drops it', () => {
    const name = 'sage_memory_before_def';
    const out = { name, oid: 7, until: '2026-11-23T11:00:00Z' };
    const undone = (swappedOut: typeof out | null) => ({
      restores: [restore({ state: 'undone', swappedOut })],
    });
    expect(line(undone(out), `kept:${name}`)).toMatchObject({
      level: 'ok',
      text: `${name} is kept (swapped out by an undo; for another 23 h)`,
    });
    const kept = (facts: ReturnType<typeof undone>) => statusOf(statusFacts(facts)).databases[0]?.kept;
    expect(kept(undone(out))).toEqual([{ name, bytes: null, until: out.until }]);
    expect(kept(undone(null))).toEqual([]);
  });

  it('says nothing about queues that were not asked', () => {
    const status = statusOf(statusFacts({ jobs: { state: 'not-asked' } }));
    expect(status.queues).toBeNull();
    expect(status.level).toBe('ok');
  });

  it.each([
    [79, 'ok'],
    [81, 'warn'],
    [91, 'fail'],
  ] as const)('calls a storage that is %i %% full %s', (used, level) => {
    const space = { freeBytes: 100 - used, totalBytes: 100 };
    const storage = { location: '/b', space, error: null, damagedRecords: [] };
    expect(line({ storage }, 'storage')?.level).toBe(level);
  });

  it('gives every line that is not green a reason and a command', () => {
    const facts = statusFacts({ backups: [], observations: [], jobs: { state: 'silent' } });
    const { databases, lines } = statusOf(facts);
    const bad = [...databases.flatMap((database) => database.lines), ...lines].filter(
      ({ level }) => level !== 'ok',
    );
    expect(bad.length).toBeGreaterThan(3);
    for (const one of bad) expect([one.why, one.command]).not.toContain(null);
  });
});

describe('what could not be read', () => {
  const storage = { location: '/b', space: null, error: 'EIO', damagedRecords: [] };
  const unread = { storage, backups: [], observations: [] };

  it('a storage that cannot be read says nothing of backups: not that there are none', () => {
    const status = Status.parse(statusOf(statusFacts(unread)));
    expect(status.level).toBe('fail');
    expect(status.databases[0]).toMatchObject({ level: 'unknown', backups: null });
    expect(status.databases[0]?.lines.map(({ id, level }) => [id, level])).toEqual([
      ['backup', 'unknown'],
      ['verification', 'unknown'],
    ]);
    expect(line(unread, 'storage')).toMatchObject({ level: 'fail', why: 'EIO' });
    expect(renderStatus(status)).toContain('sage  backups not known\n');
  });

  it('schedules that cannot be read are not called disabled', () => {
    const jobs = { ...answered, nextRuns: null };
    expect(line({ jobs }, 'schedules')?.level).toBe('unknown');
    expect(line({ jobs }, 'unscheduled')).toBeUndefined();
  });
});

describe('renderStatus', () => {
  it('tells in its first line whether somebody is needed', () => {
    expect(renderStatus(statusOf(statusFacts())).split('\n')[0]).toContain('every database is proven');
    const text = renderStatus(statusOf(statusFacts({ backups: [] })));
    expect(text.split('\n')[0]).toMatch(/^FAIL {2}2 lines need you/);
    expect(text).toContain('next  sagekeep backup sage');
  });

  it('says that a backup that cannot be read keeps the others', () => {
    const damaged = [{ database: 'sage', id: 'sage_x', reason: 'it cannot be read: EIO', unread: true }];
    const text = renderStatus(statusOf(statusFacts({ damaged })));
    expect(text).toContain('sage_x cannot be read; no backup of sage is deleted meanwhile');
  });

  it('prints no control character that a name or reason may carry', () => {
    const damaged = [{ database: 'sage', id: 'x\u001b[2J', reason: 'a\nb' }];
    expect(renderStatus(statusOf(statusFacts({ damaged })))).not.toContain('\u001b');
  });
});
