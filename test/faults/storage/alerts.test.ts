import type { ChannelConfig, DeliverPayload } from '@sagekeep/contracts';
import { createWatch, type Watch } from '@sagekeep/watch';
import { expect, it } from 'vitest';
import { type HttpReceiver, httpReceiver } from '../../integration/watch/receivers.ts';
import { startWorker } from '../../integration/worker/harness.ts';
import { waitFor } from '../../support/events.ts';
import { type Disk, openDisk } from './fixtures/disk.ts';

const signal = new AbortController().signal;
const error = { code: 'STORAGE_FULL', message: 'There is no room.' };
const nothing = { redis: null, queues: null, workers: null, verified: [] };

interface Subject {
  readonly watch: Watch;
  readonly enqueued: DeliverPayload[];
  /** Runs every delivery that was enqueued, and tells what the receiver has heard. */
  heard(): Promise<{ event: string; key: string; detail: string }[]>;
}

function subjectOf({ vault }: Disk, receiver: HttpReceiver): Subject {
  const hook: ChannelConfig = { kind: 'webhook', name: 'hook', url: receiver.url, secret: null, body: null };
  const enqueued: DeliverPayload[] = [];
  const watch = createWatch({
    ...{ vault, databases: async () => [], alerts: { channels: [hook], remindAfterMs: 86_400_000 } },
    now: () => new Date(),
    async enqueue(payload) {
      enqueued.push(payload);
      return 'waiting';
    },
  });
  return {
    watch,
    enqueued,
    async heard() {
      for (const payload of enqueued) await watch.deliver(payload, signal);
      return receiver.heard.map(({ body }) => JSON.parse(body));
    },
  };
}

const full = (disk: Disk) => disk.fill();
const readOnly = (disk: Disk) => disk.remount('ro');

it.each([
  ['full', full],
  ['read-only', readOnly],
])(
  'a storage that is %s silences nobody: channels hear of what cannot be put on record',
  async (_what, breaks) => {
    await using disk = await openDisk('size=512k');
    await using receiver = await httpReceiver();
    const { watch, heard } = subjectOf(disk, receiver);
    await breaks(disk);
    await watch.jobs.failed({ id: 'b1', name: 'backup', payload: { database: 'sage' } }, error);
    const looked = await watch.look(nothing);
    await watch.jobs.completed({ id: 'm1', name: 'monitor', payload: {} }, looked);
    const told = await heard();
    expect(told.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['backup-failed:sage', 'check:all:redis.answers', 'check:all:storage.records']),
    );
    for (const { event, detail } of told) {
      expect(event).toBe('opened');
      expect(detail).toContain(disk.folder);
    }
  },
);

it('an alert whose receipt cannot be written is told, and not told again', async () => {
  await using disk = await openDisk('size=512k');
  await using receiver = await httpReceiver();
  const { watch, enqueued } = subjectOf(disk, receiver);
  await watch.jobs.failed({ id: 'b1', name: 'backup', payload: { database: 'sage' } }, error);
  await disk.fill();
  const [opened] = enqueued;
  if (opened === undefined) throw new Error('nothing was enqueued');
  expect(await watch.deliver(opened, signal)).toMatchObject({
    delivered: true,
    detail: expect.stringMatching(/^answered 200; its receipt could not be written: /),
  });
  expect(receiver.heard).toHaveLength(1);
});

it('a worker whose storage fills up has its channels told, by the failed backup and by the look of the monitor', async () => {
  await using disk = await openDisk('size=2m');
  await using receiver = await httpReceiver();
  await using worker = await startWorker(disk.folder, {
    databases: { sage: { url: 'postgresql://nobody@127.0.0.1:1/nothing' } },
    alerts: { channels: { hook: { kind: 'webhook', url: receiver.url } } },
  });
  await disk.fill();
  const keys = () => receiver.heard.map(({ body }) => (JSON.parse(body) as { key: string }).key);
  const heard = (key: string) => waitFor(() => keys().includes(key), { what: key });
  const { error: why } = await worker.end('backup', { database: 'sage', reason: 'manual', by: 'test' });
  expect(why).not.toBeNull();
  await heard('backup-failed:sage');
  const looked = await worker.end('monitor', { by: 'test' });
  expect(looked.error).toBeNull();
  for (const key of ['check:all:storage.records', 'check:sage:monitor.checks']) await heard(key);
  await worker.end('monitor', { by: 'test' });
  expect(new Set(keys()).size).toBe(keys().length);
});
