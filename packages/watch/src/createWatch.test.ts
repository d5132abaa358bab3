import type { AlertConfig, DeliverPayload, Finding } from '@sagekeep/contracts';
import { createVault, type Storage } from '@sagekeep/storage';
import { exampleProof, publishExample, type TemporaryVault, temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { createWatch } from './createWatch.ts';
import type { EndedJob } from './incident/observeJobs.ts';
import { collectStatus } from './status/collectStatus.ts';
import { databaseConfig, hour, inventory, noon } from './testing/facts.ts';

const alerts: AlertConfig = {
  channels: [
    { kind: 'webhook', name: 'hook', url: 'http://127.0.0.1', secret: null, body: null },
    { kind: 'healthchecks', name: 'made', url: 'http://127.0.0.1', provenOnly: false },
    { kind: 'healthchecks', name: 'proven', url: 'http://127.0.0.1', provenOnly: true },
  ],
  remindAfterMs: 24 * hour,
};

function watchOf(place: TemporaryVault, storage: Storage = place.storage) {
  const enqueued: DeliverPayload[] = [];
  const enqueue = async (payload: DeliverPayload) => {
    enqueued.push(payload);
    return 'waiting' as const;
  };
  const watch = createWatch({
    vault: createVault({ storage, now: () => place.clock }),
    databases: async () => [databaseConfig()],
    alerts,
    now: () => place.clock,
    enqueue,
  });
  const told = () => enqueued.splice(0).map(({ event, channel }) => `${event} ${channel}`);
  return { watch, told, enqueued };
}

const backupJob: EndedJob = { id: 'b7', name: 'backup', payload: { database: 'sage' } };
const error = { code: 'TOOL_FAILED', message: 'pg_dump ended.' };
const nothing = { redis: null, queues: null, workers: null, verified: [] };

it('pings of a run: started, made, and proven where only that counts', async () => {
  await using place = await temporaryVault(noon);
  const { watch, told, enqueued } = watchOf(place);
  await watch.jobs.started(backupJob);
  expect(told()).toEqual(['run-started made', 'run-started proven']);
  const manifest = await publishExample(place.vault, { jobId: 'b7' });
  await watch.jobs.completed(backupJob, { backup: manifest.id });
  expect(told()).toEqual(['run-succeeded made']);
  await watch.jobs.completed(
    { id: 'p8', name: 'prove', payload: { backup: manifest.id } },
    { proof: exampleProof() },
  );
  expect(enqueued.map(({ run, incident }) => [run, incident])).toEqual([
    [{ job: 'b7', database: 'sage' }, expect.stringMatching(/^run-[0-9a-f-]{36}$/)],
  ]);
  expect(told()).toEqual(['run-succeeded proven']);
});

it('the proof of a backup that is older than the RPO is no success for a switch that counts proofs', async () => {
  await using place = await temporaryVault(noon);
  const { watch, told } = watchOf(place);
  const proven = async (hoursAgo: number, proof = exampleProof()) => {
    const { id } = await publishExample(place.vault, { at: new Date(noon.getTime() - hoursAgo * hour) });
    await watch.jobs.completed({ id: `p${hoursAgo}`, name: 'prove', payload: { backup: id } }, { proof });
    return told().filter((line) => line.startsWith('run-'));
  };
  expect(await proven(27)).toEqual([]);
  expect(await proven(25)).toEqual(['run-succeeded proven']);
  expect(await proven(28, exampleProof({ result: 'failed' }))).toEqual([
    'run-failed made',
    'run-failed proven',
  ]);
});

it('a backup that failed is an incident for all, and a failed run for dead-man switches', async () => {
  await using place = await temporaryVault(noon);
  const { watch, told } = watchOf(place);
  await watch.jobs.failed(backupJob, error);
  expect(told()).toEqual([
    'run-failed made',
    'run-failed proven',
    'opened hook',
    'opened made',
    'opened proven',
  ]);
  await watch.jobs.completed(backupJob, { backup: 'sage_backup_20261122_020000' });
  expect(told()).toEqual(['run-succeeded made', 'resolved hook', 'resolved made', 'resolved proven']);
});

it('a look gathers what the storage tells, keeps it, reminds, and its result opens incidents', async () => {
  await using place = await temporaryVault(noon);
  const { watch, told } = watchOf(place);
  const verified: Finding[] = [
    {
      ...{ id: 'connection.answers', title: 'sage: Database answers', group: 'connection', status: 'fail' },
      ...{ value: 'ECONNREFUSED', expected: 'an answer', advice: 'start it', durationMs: 3 },
    },
  ];
  const result = await watch.look({ ...nothing, verified });
  expect(result.status).toBe('fail');
  expect(result.findings.map(({ id }) => id)).toEqual([
    ...[
      'connection.answers',
      'disk.storage',
      'disk.storage-forecast',
      'redis.answers',
      'targets.rpo',
      'targets.rto',
      'storage.records',
    ],
  ]);
  await watch.jobs.completed({ id: 'm1', name: 'monitor', payload: {} }, result);
  const open = await watch.incidents.open();
  expect(open.map(({ key }) => key).toSorted()).toEqual([
    ...['check:all:redis.answers', 'check:sage:connection.answers', 'check:sage:targets.rpo'],
  ]);
  told();
  place.clock = new Date(noon.getTime() + 25 * hour);
  await watch.look(nothing);
  expect(told().filter((line) => line.startsWith('reminded'))).toHaveLength(9);
  expect((await place.vault.records.list('observations')).items).toHaveLength(2);
});

it('a storage that cannot be read in part has no backup missed: what is told is that it cannot be read', async () => {
  await using place = await temporaryVault(noon);
  const { watch } = watchOf(place, {
    ...place.storage,
    async children(prefix) {
      if (prefix === 'records/drills') throw new Error('EIO');
      return place.storage.children(prefix);
    },
  });
  const { id } = await publishExample(place.vault, { at: noon });
  await place.vault.catalogue.mark(id, exampleProof());
  const result = await watch.look(nothing);
  const statuses = Object.fromEntries(result.findings.map((finding) => [finding.id, finding.status]));
  expect(statuses).not.toHaveProperty('targets.rpo');
  expect(statuses['storage.records']).toBe('fail');
  await watch.jobs.completed({ id: 'm1', name: 'monitor', payload: {} }, result);
  expect((await watch.incidents.open()).map(({ key }) => key).toSorted()).toEqual([
    ...['check:all:redis.answers', 'check:all:storage.records'],
  ]);
});

it('a look examines what was made offline since the last one', async () => {
  await using place = await temporaryVault(noon);
  const { watch } = watchOf(place);
  const made = async (at: string, rows: number) =>
    (
      await publishExample(place.vault, {
        at: new Date(at),
        changes: { inventory: inventory({ 'public.memories': { rows } }) },
      })
    ).id;
  const suspect = async (id: string) => (await place.vault.catalogue.get(id)).marks.suspect !== null;
  for (const day of [20, 21]) await made(`2026-11-${day}T02:00:00Z`, 5000);
  await watch.look(nothing);
  const accident = await made('2026-11-22T12:30:00Z', 0);
  place.clock = new Date(noon.getTime() + hour);
  await watch.look(nothing);
  expect(await suspect(accident)).toBe(true);
  expect((await watch.incidents.open()).map(({ key }) => key)).toEqual(['suspect:sage']);
});

it('a backup that cannot be examined keeps no other from it, and is examined at the next look', async () => {
  await using place = await temporaryVault(noon);
  let refused = 'nothing yet';
  const { watch } = watchOf(place, {
    ...place.storage,
    async put(...given) {
      if (given[0].includes(refused)) throw new Error('EIO');
      return place.storage.put(...given);
    },
  });
  const made = async (at: string, [a, b]: readonly [number, number]) =>
    (
      await publishExample(place.vault, {
        at: new Date(at),
        changes: { inventory: inventory({ 'public.a': { rows: a }, 'public.b': { rows: b } }) },
      })
    ).id;
  const suspect = async (id: string) => (await place.vault.catalogue.get(id)).marks.suspect !== null;
  await made('2026-11-20T02:00:00Z', [5000, 5000]);
  await watch.look(nothing);
  const first = await made('2026-11-22T12:20:00Z', [0, 5000]);
  const second = await made('2026-11-22T12:40:00Z', [5000, 0]);
  refused = first;
  place.clock = new Date(noon.getTime() + hour);
  const { findings } = await watch.look(nothing);
  expect(findings.find(({ id }) => id === 'storage.records')).toMatchObject({ status: 'fail', value: 'EIO' });
  expect([await suspect(first), await suspect(second)]).toEqual([false, true]);
  refused = 'nothing any more';
  place.clock = new Date(noon.getTime() + 2 * hour);
  await watch.look(nothing);
  expect(await suspect(first)).toBe(true);
});

it('a backup that is deleted while a look begins to examine it is no fault of the storage', async () => {
  await using place = await temporaryVault(noon);
  let doomed = 'nobody';
  let looks = 0;
  const { watch } = watchOf(place, {
    ...place.storage,
    async *walk(prefix) {
      // The status and the list of what is new have seen it: now it goes.
      if (prefix.endsWith(doomed) && ++looks === 3) await place.vault.catalogue.discard(doomed);
      yield* place.storage.walk(prefix);
    },
  });
  await publishExample(place.vault, { at: new Date(noon.getTime() - hour) });
  await watch.look(nothing);
  place.clock = new Date(noon.getTime() + hour);
  doomed = (await publishExample(place.vault, { at: place.clock })).id;
  const { findings } = await watch.look(nothing);
  expect(looks).toBe(3);
  expect(findings.find(({ id }) => id === 'storage.records')).toMatchObject({ status: 'pass' });
});

it('an emptied table makes a backup suspect until somebody acknowledges it', async () => {
  await using place = await temporaryVault(noon);
  const { watch, told } = watchOf(place);
  const made = (day: number, rows: number) =>
    publishExample(place.vault, {
      at: new Date(`2026-11-${day}T02:00:00Z`),
      changes: { inventory: inventory({ 'public.memories': { rows } }) },
    });
  for (const day of [18, 19, 20])
    expect(await watch.examineBackup((await made(day, 5000 + day)).id)).toEqual([]);
  const emptied = await made(21, 0);
  expect(await watch.examineBackup(emptied.id)).toEqual([
    'the rows of public.memories collapsed from 5,020 to 0',
  ]);
  expect((await place.vault.catalogue.get(emptied.id)).marks.suspect?.reasons).toHaveLength(1);
  expect(told()).toEqual(['opened hook', 'opened made', 'opened proven']);
  const still = await made(22, 0);
  expect(await watch.examineBackup(still.id)).toHaveLength(1);
  for (const { id } of [emptied, still]) {
    await place.vault.catalogue.mark(id, {
      kind: 'acknowledgement',
      at: place.clock.toISOString(),
      by: 'ada',
      reason: 'meant',
    });
  }
  await watch.look(nothing);
  expect((await watch.incidents.open()).filter(({ key }) => key === 'suspect:sage')).toEqual([]);
  expect(await watch.examineBackup((await made(23, 0)).id)).toEqual([]);
});

it('a look keeps since when a line is not green, for whoever asks for the status next', async () => {
  await using place = await temporaryVault(noon);
  await publishExample(place.vault, { at: noon });
  await watchOf(place).watch.look(nothing);
  const now = new Date(noon.getTime() + 2 * hour);
  const vault = createVault({ storage: place.storage, now: () => now });
  const status = await collectStatus({ vault, configuration: { databases: [databaseConfig()] }, now });
  const lines = status.databases.flatMap((database) => database.lines);
  expect(lines.find(({ id }) => id === 'verification')).toMatchObject({
    level: 'unknown',
    since: noon.toISOString(),
  });
});

it('whether an incident is of a database that is gone is asked of those who leave none out', async () => {
  await using place = await temporaryVault(noon);
  const watch = createWatch({
    vault: place.vault,
    databases: async () => [],
    known: async () => [databaseConfig()],
    alerts: { ...alerts, channels: [] },
    now: () => place.clock,
    enqueue: async () => 'waiting',
  });
  await watch.jobs.failed(backupJob, error);
  await watch.incidents.settle();
  expect(await watch.incidents.open()).toHaveLength(1);
});
