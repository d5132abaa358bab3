import type { DeliverPayload } from '@sagekeep/contracts';
import { createVault, type Storage } from '@sagekeep/storage';
import { publishExample, type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import type { Cause } from './cause.ts';
import { createIncidents, type Incidents } from './incidents.ts';

const hour = 3_600_000;
const start = new Date('2026-11-22T02:00:00.000Z');

export const failedBackup: Cause = {
  key: 'backup-failed:sage',
  database: 'sage',
  severity: 'fail',
  title: 'The backup of sage failed',
  detail: 'SERVER_UNREACHABLE: nobody answers',
  advice: 'sagekeep retry 7',
};

interface Subject extends AsyncDisposable {
  readonly place: TemporaryVault;
  readonly incidents: Incidents;
  readonly enqueued: DeliverPayload[];
  readonly keys: string[];
  /** While set, the queue takes nothing. */
  queueDown: boolean;
  /** Whether the queue says that every job it knows is done. */
  taken: boolean;
  pass(ms: number): void;
}

async function subject(
  channels = ['hook', 'mail'],
  change: (storage: Storage) => Storage = (storage) => storage,
  recordMs = 60_000,
): Promise<Subject> {
  const place = await temporaryVault(start);
  const now = () => place.clock;
  const enqueued: DeliverPayload[] = [];
  const keys: string[] = [];
  const it: Subject = {
    place,
    enqueued,
    keys,
    queueDown: false,
    taken: false,
    incidents: createIncidents({
      vault: createVault({ storage: change(place.storage), now }),
      databases: async () => [{ name: 'sage', expect: { checks: { 'pgvector.recall': 'off' } } }],
      channels,
      remindAfterMs: 24 * hour,
      recordMs,
      now,
      async enqueue(payload, key) {
        if (it.queueDown) throw new Error('Redis is away');
        // As BullMQ does: a key that is known adds nothing.
        if (!keys.includes(key)) enqueued.push(payload);
        keys.push(key);
        return it.taken ? 'taken' : 'waiting';
      },
    }),
    pass(ms) {
      place.clock = new Date(place.clock.getTime() + ms);
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
  return it;
}

const events = ({ enqueued }: Subject) => enqueued.map(({ event, channel }) => `${event} ${channel}`);

it('opens a cause once, counts it, resolves it once, and opens it anew', async () => {
  await using s = await subject();
  const first = await s.incidents.raise(failedBackup);
  s.pass(hour);
  const again = await s.incidents.raise({ ...failedBackup, detail: 'still nobody' });
  expect(again).toMatchObject({
    id: first.id,
    occurrences: 2,
    detail: 'still nobody',
    openedAt: start.toISOString(),
  });
  expect(events(s)).toEqual(['opened hook', 'opened mail']);
  expect(await s.incidents.resolve(failedBackup.key)).toMatchObject({
    id: first.id,
    resolvedAt: s.place.clock.toISOString(),
  });
  expect(await s.incidents.resolve(failedBackup.key)).toBeNull();
  expect(await s.incidents.open()).toEqual([]);
  s.pass(hour);
  expect((await s.incidents.raise(failedBackup)).id).not.toBe(first.id);
  expect(events(s)).toEqual([
    'opened hook',
    'opened mail',
    'resolved hook',
    'resolved mail',
    'opened hook',
    'opened mail',
  ]);
});

it('opens one incident when many workers see the cause at once', async () => {
  await using s = await subject();
  const raised = await Promise.all(Array.from({ length: 10 }, () => s.incidents.raise(failedBackup)));
  expect(new Set(raised.map(({ id }) => id)).size).toBe(1);
  expect(await s.incidents.open()).toHaveLength(1);
  expect(events(s).toSorted()).toEqual(['opened hook', 'opened mail']);
});

it('reminds once per interval while it stands', async () => {
  await using s = await subject(['hook']);
  await s.incidents.raise(failedBackup);
  for (let looks = 0; looks < 49; looks += 1) {
    s.pass(hour);
    await s.incidents.tend();
  }
  expect(events(s)).toEqual(['opened hook', 'reminded hook', 'reminded hook']);
});

it('two workers that remind at once remind once', async () => {
  await using s = await subject(['hook']);
  const { id } = await s.incidents.raise(failedBackup);
  const before = await s.place.vault.records.get('incidents', id);
  for (const late of [0, 7]) {
    s.place.clock = new Date(start.getTime() + 25 * hour + late);
    if (before !== null) await s.place.vault.records.put('incidents', id, before);
    await s.incidents.tend();
  }
  expect(events(s)).toEqual(['opened hook', 'reminded hook']);
});

it('makes up for what an outage of the queue kept back, each event once', async () => {
  await using s = await subject(['hook']);
  s.queueDown = true;
  await s.incidents.raise(failedBackup);
  s.pass(hour);
  await s.incidents.resolve(failedBackup.key);
  expect(events(s)).toEqual([]);
  s.queueDown = false;
  await s.incidents.tend();
  await s.incidents.tend();
  expect(events(s)).toEqual(['opened hook', 'resolved hook']);
});

it('survives a death between the claim of a cause and its record', async () => {
  await using s = await subject(['hook']);
  const { id } = await s.incidents.raise(failedBackup);
  await s.place.vault.records.remove('incidents', id);
  expect(await s.incidents.raise(failedBackup)).toMatchObject({ id, openedAt: start.toISOString() });
  expect(events(s)).toEqual(['opened hook']);
});

it('survives a death between the record of a resolution and its release', async () => {
  await using s = await subject(['hook']);
  const first = await s.incidents.raise(failedBackup);
  await s.place.vault.records.put('incidents', first.id, { ...first, resolvedAt: start.toISOString() });
  s.pass(hour);
  const second = await s.incidents.raise(failedBackup);
  expect(second).toMatchObject({ occurrences: 1, resolvedAt: null });
  expect(second.id).not.toBe(first.id);
});

it('does not tell a channel of its own failure, and only ever raises the severity', async () => {
  await using s = await subject();
  await s.incidents.raise(failedBackup, { except: 'mail' });
  expect(events(s)).toEqual(['opened hook']);
  s.pass(25 * hour);
  await s.incidents.tend();
  expect(events(s)).toEqual(['opened hook', 'reminded hook']);
  expect((await s.incidents.raise({ ...failedBackup, severity: 'warn' })).severity).toBe('fail');
});

it('keeps no control character and no password of a URL', async () => {
  await using s = await subject();
  const { detail } = await s.incidents.raise({
    ...failedBackup,
    detail: 'postgres://a:hunter2@b\n\u001b[2J',
  });
  expect(detail).toBe('postgres://a:***@b\\n\\u{1b}[2J');
});

const refused = () => Promise.reject(new Error('ENOSPC: no space left'));

it('a storage that takes no record silences nobody: the cause itself is sent, once a day', async () => {
  await using s = await subject(['hook', 'mail'], (storage) => ({ ...storage, put: refused }));
  for (let seen = 0; seen < 3; seen += 1) await s.incidents.raise(failedBackup, { except: 'mail' });
  expect(events(s)).toEqual(['opened hook']);
  expect(s.enqueued[0]?.unrecorded).toMatchObject({
    ...{ key: 'backup-failed:sage', title: 'The backup of sage failed', severity: 'fail' },
    detail: expect.stringMatching(/nobody answers \(This is not on record: ENOSPC/),
  });
  s.pass(24 * hour);
  await s.incidents.raise(failedBackup);
  expect(events(s)).toEqual(['opened hook', 'opened hook', 'opened mail']);
  s.queueDown = true;
  await expect(s.incidents.raise(failedBackup)).rejects.toThrow('ENOSPC');
});

it('a storage that never answers silences nobody either', async () => {
  const never = () => new Promise<never>(() => undefined);
  await using s = await subject(['hook'], (storage) => ({ ...storage, read: never }), 50);
  expect((await s.incidents.raise(failedBackup)).detail).toContain('no answer within 50 ms');
  expect(events(s)).toEqual(['opened hook']);
});

it('an incident on record is not told anew because nothing can be written any more', async () => {
  let full = false;
  await using s = await subject(['hook'], (storage) => ({
    ...storage,
    put: (...given) => (full ? refused() : storage.put(...given)),
  }));
  const { id } = await s.incidents.raise(failedBackup);
  full = true;
  expect((await s.incidents.raise(failedBackup)).id).toBe(id);
  expect(events(s)).toEqual(['opened hook']);
});

it('what was taken while its receipt could not be written gets it later', async () => {
  await using s = await subject(['hook']);
  await s.incidents.raise(failedBackup);
  s.taken = true;
  await s.incidents.tend();
  const asked = s.keys.length;
  await s.incidents.tend();
  expect(s.keys).toHaveLength(asked);
});

it('a cause seen while its incident is being resolved is a new incident, and the old one stays resolved', async () => {
  let resolving: (() => Promise<unknown>) | null = null;
  await using s = await subject(['hook'], (storage) => ({
    ...storage,
    async put(...given) {
      const during = given[0].startsWith('records/incidents/') ? resolving : null;
      resolving = during === null ? resolving : null;
      await during?.();
      return storage.put(...given);
    },
  }));
  const first = await s.incidents.raise(failedBackup);
  s.pass(hour);
  resolving = () => s.incidents.resolve(failedBackup.key);
  const second = await s.incidents.raise(failedBackup);
  expect(second.id).not.toBe(first.id);
  expect((await s.incidents.open()).map(({ id }) => id)).toEqual([second.id]);
  await s.incidents.resolve(failedBackup.key);
  expect(await s.incidents.open()).toEqual([]);
});

/** Does something once, right before a record of an incident is written. */
function interrupting() {
  let during: (() => Promise<unknown>) | null = null;
  return {
    once(act: () => Promise<unknown>) {
      during = act;
    },
    change: (storage: Storage): Storage => ({
      ...storage,
      async put(...given) {
        const act = given[0].startsWith('records/incidents/') ? during : null;
        if (act !== null) during = null;
        await act?.();
        return storage.put(...given);
      },
    }),
  };
}

it('a worker that still knows the old incident of a cause leaves the new one open', async () => {
  const between = { act: null as (() => Promise<unknown>) | null };
  await using s = await subject(['hook'], (storage) => ({
    ...storage,
    async read(...given) {
      const read = await storage.read(...given);
      const act = given[0].startsWith('records/open-incidents/') ? between.act : null;
      if (act !== null) between.act = null;
      await act?.();
      return read;
    },
  }));
  await s.incidents.raise(failedBackup);
  s.pass(hour);
  between.act = async () => {
    await s.incidents.resolve(failedBackup.key);
    await s.incidents.raise(failedBackup);
    s.pass(1000);
  };
  await s.incidents.raise(failedBackup);
  const open = await s.incidents.open();
  expect(open).toMatchObject([{ occurrences: 2 }]);
  await s.incidents.tend();
  expect(await s.incidents.open()).toEqual(open);
  expect(events(s)).toEqual(['opened hook', 'resolved hook', 'opened hook']);
});

it('a reminder opens nothing anew that is resolved while it is being written', async () => {
  const between = interrupting();
  await using s = await subject(['hook'], between.change);
  await s.incidents.raise(failedBackup);
  s.pass(25 * hour);
  const resolvedAt = s.place.clock.toISOString();
  between.once(async () => {
    await s.incidents.resolve(failedBackup.key);
    s.pass(hour);
  });
  await s.incidents.tend();
  await s.incidents.tend();
  expect(await s.incidents.open()).toEqual([]);
  expect(events(s)).toEqual(['opened hook', 'resolved hook']);
  expect((await s.place.vault.records.list('incidents')).items).toMatchObject([{ resolvedAt }]);
});

it('what is resolved by many at once is resolved once, and told once', async () => {
  const between = interrupting();
  await using s = await subject(['hook'], between.change);
  const { id } = await s.incidents.raise(failedBackup);
  const closed = { by: 'ada', reason: 'moved' };
  const resolvedAt = s.place.clock.toISOString();
  between.once(async () => {
    s.pass(1000);
    await expect(s.incidents.close(id, { by: 'eve', reason: 'me too' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await s.incidents.resolve(failedBackup.key);
    await s.incidents.tend();
  });
  expect(await s.incidents.close(id, closed)).toMatchObject({ resolvedAt, closed });
  expect(await s.place.vault.records.get('incidents', id)).toMatchObject({ resolvedAt, closed });
  expect(events(s)).toEqual(['opened hook', 'resolved hook']);
});

it('survives a death in the middle of a resolution: the next round ends it', async () => {
  const between = interrupting();
  await using s = await subject(['hook'], between.change);
  await s.incidents.raise(failedBackup);
  between.once(refused);
  await expect(s.incidents.resolve(failedBackup.key)).rejects.toThrow('ENOSPC');
  expect(await s.incidents.open()).toHaveLength(1);
  await s.incidents.tend();
  expect(await s.incidents.open()).toEqual([]);
  expect(events(s)).toEqual(['opened hook', 'resolved hook']);
});

it('a person closes an incident: by whom and why is kept, and the cause opens anew', async () => {
  await using s = await subject(['hook']);
  const { id } = await s.incidents.raise(failedBackup);
  const closed = { by: 'ada', reason: 'moved to another host' };
  expect(await s.incidents.close(id, closed)).toMatchObject({ id, closed, resolvedAt: start.toISOString() });
  expect(events(s)).toEqual(['opened hook', 'resolved hook']);
  await expect(s.incidents.close(id, closed)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(s.incidents.close('x', closed)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  s.pass(hour);
  expect((await s.incidents.raise(failedBackup)).id).not.toBe(id);
});

it('what nothing will resolve ends when its database, channel or backup is gone, mended, or had its time', async () => {
  await using s = await subject(['hook']);
  const stranger = await publishExample(s.place.vault, { database: 'owl' });
  const [bad, mended] = [
    await publishExample(s.place.vault),
    await publishExample(s.place.vault, { at: new Date(1) }),
  ];
  const keys = [
    ...['check:sage:pgvector.recall', 'check:sage:pgvector.index', 'check:all:disk.data'],
    ...['check:owl:connection.answers', 'deliver-failed:pager', 'deliver-failed:hook', 'restore-failed:sage'],
    'channel-unreachable:pager',
    ...[
      `damaged:${stranger.id}`,
      `damaged:${bad.id}`,
      `damaged:${mended.id}`,
      'damaged:sage_backup_20200101_000000',
      'suspect:sage',
    ],
  ];
  for (const key of keys) {
    const database = key.includes('owl') ? 'owl' : /^deliver|:all:/.test(key) ? null : 'sage';
    await s.incidents.raise({ ...failedBackup, key, database });
  }
  const scrub = { kind: 'scrub' as const, at: start.toISOString() };
  await s.place.vault.catalogue.mark(bad.id, { ...scrub, result: 'damaged', damaged: ['a'] });
  await s.place.vault.catalogue.mark(mended.id, { ...scrub, result: 'whole', damaged: [] });
  const left = async () => (await s.incidents.open()).map(({ key }) => key).toSorted();
  await s.incidents.tend();
  const damaged = [`damaged:${stranger.id}`, `damaged:${bad.id}`];
  const found = ['check:all:disk.data', 'check:sage:pgvector.index'];
  expect(await left()).toEqual([...found, ...damaged, 'deliver-failed:hook', 'restore-failed:sage']);
  s.pass(8 * 24 * hour);
  await s.incidents.tend();
  expect(await left()).toEqual([...found, ...damaged, 'deliver-failed:hook']);
});

it('while nobody can tell which databases there are, no incident of one ends, and reminders go on', async () => {
  await using place = await temporaryVault(start);
  const told: string[] = [];
  const known = Promise.withResolvers<never>();
  known.promise.catch(() => undefined);
  known.reject(new Error('EIO'));
  const incidents = createIncidents({
    vault: place.vault,
    databases: () => known.promise,
    channels: ['hook'],
    remindAfterMs: 24 * hour,
    now: () => place.clock,
    async enqueue({ event }) {
      told.push(event);
      return 'waiting';
    },
  });
  await incidents.raise(failedBackup);
  place.clock = new Date(start.getTime() + 25 * hour);
  await expect(incidents.tend()).rejects.toThrow('EIO');
  expect(await incidents.open()).toHaveLength(1);
  expect(told).toContain('reminded');
});

it('a cause that another opens and ends while it is opened has an incident that stands', async () => {
  let rival: string | null = 'another 2026-11-22T01:00:00.000Z';
  await using subjectOf = await subject(['hook'], (storage) => ({
    ...storage,
    async put(key, data, options) {
      if (rival === null || !key.startsWith('records/open-incidents/'))
        return storage.put(key, data, options);
      await storage.put(key, rival, options);
      rival = null;
      const placed = await storage.put(key, data, options);
      await storage.remove(key);
      return placed;
    },
  }));
  const { incidents } = subjectOf;
  const { id } = await incidents.raise(failedBackup);
  await incidents.tend();
  expect(await incidents.open()).toMatchObject([{ id, resolvedAt: null }]);
});
