import type { DeliverPayload } from '@sagekeep/contracts';
import { type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
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
  pass(ms: number): void;
}

async function subject(channels = ['hook', 'mail']): Promise<Subject> {
  const place = await temporaryVault(start);
  const enqueued: DeliverPayload[] = [];
  const keys: string[] = [];
  const it: Subject = {
    place,
    enqueued,
    keys,
    queueDown: false,
    incidents: createIncidents({
      vault: place.vault,
      channels,
      remindAfterMs: 24 * hour,
      now: () => place.clock,
      async enqueue(payload, key) {
        if (it.queueDown) throw new Error('Redis is away');
        // As BullMQ does: a key that is known adds nothing.
        if (keys.includes(key)) return;
        keys.push(key);
        enqueued.push(payload);
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
