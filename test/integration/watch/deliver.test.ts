import { createHmac } from 'node:crypto';
import { type ChannelConfig, type DeliverPayload, jobCatalogue } from '@sagekeep/contracts';
import { type Cause, createIncidents, deliver, pingRun } from '@sagekeep/watch';
import { describe, expect, it } from 'vitest';
import { type TemporaryVault, temporaryVault } from '../../../packages/storage/src/testing/temporary.ts';
import { httpReceiver, smtpReceiver, syslogReceiver, udpReceiver } from './receivers.ts';

const start = new Date('2026-11-22T02:00:00.000Z');
const signal = new AbortController().signal;
const minute = 60_000;
const databases = async () => [{ name: 'sage' }];
const { attempts, backoff } = jobCatalogue.deliver;

const cause: Cause = {
  key: 'backup-failed:sage',
  database: 'sage',
  severity: 'fail',
  title: 'The backup of sage failed',
  detail: 'nobody "answers"',
  advice: 'sagekeep retry 7',
};
const webhook = (url: string, changes: object = {}): ChannelConfig => ({
  ...{ kind: 'webhook', name: 'hook', url, secret: null, body: null },
  ...changes,
});

const syslog = (socket: string, changes: object = {}): ChannelConfig => ({
  ...{ kind: 'syslog', name: 'log', host: null, port: 514, socket },
  ...changes,
});

/** Sends a test message through a channel. */
async function send(channel: ChannelConfig, names = ['sage']) {
  await using place = await temporaryVault(start);
  const payload: DeliverPayload = {
    incident: 'test',
    channel: channel.name,
    event: 'test',
    at: start.toISOString(),
  };
  const known = async () => names.map((name) => ({ name }));
  const deps = { channels: [channel], databases: known, vault: place.vault, now: () => start, signal };
  return await deliver(payload, deps);
}

/** A mail channel with two recipients, and what its incidents have to be told. */
function mailToTwo(smtp: string, vault: TemporaryVault['vault']) {
  const to = ['b@x.test', 'c@x.test'];
  const mail: ChannelConfig = { kind: 'email', name: 'mail', smtp, from: 'a@x.test', to };
  const deps = { channels: [mail], databases, vault, now: () => start, signal };
  const told: DeliverPayload[] = [];
  const enqueue = async (payload: DeliverPayload) => {
    told.push(payload);
    return 'waiting' as const;
  };
  const known = { channels: ['mail'], remindAfterMs: minute };
  return { deps, told, incidents: createIncidents({ ...deps, ...known, enqueue }) };
}

describe('a webhook', () => {
  it('gets JSON with a signature that it can check', async () => {
    await using receiver = await httpReceiver();
    const result = await send(webhook(`${receiver.url}/alerts`, { secret: 'shared' }));
    expect(result).toEqual({ delivered: true, detail: 'answered 200' });
    const [heard] = receiver.heard;
    expect(JSON.parse(heard?.body ?? '')).toMatchObject({
      event: 'test',
      subject: '[TEST] Sagekeep can reach this channel',
    });
    const timestamp = String(heard?.headers['x-sagekeep-timestamp']);
    const hmac = createHmac('sha256', 'shared').update(`${timestamp}.${heard?.body}`).digest('hex');
    expect(heard?.headers).toMatchObject({
      'x-sagekeep-signature': `sha256=${hmac}`,
      'content-type': 'application/json',
      'x-sagekeep-delivery': 'test.test.2026-11-22T02:00:00.000Z.hook',
    });
  });

  it('gets the configured body: Slack, Discord and ntfy are templates', async () => {
    await using receiver = await httpReceiver();
    await send(webhook(receiver.url, { body: '{"text": "*{{subject}}*\\n{{detail}}"}' }));
    await send(webhook(receiver.url, { body: '{{title}}' }));
    expect(JSON.parse(receiver.heard[0]?.body ?? '')).toEqual({
      text: '*[TEST] Sagekeep can reach this channel*\nThis is a test: nothing is wrong. Alerts will arrive like this one.',
    });
    expect(receiver.heard[1]).toMatchObject({
      body: 'Sagekeep can reach this channel',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  it.each([
    [500, /it answered 500/],
    [404, /it answered 404/],
    [302, /it answered 302/],
  ])('that answers %i is tried again, and its URL stays secret', async (status, says) => {
    await using receiver = await httpReceiver();
    receiver.answer = () => status;
    const failure = await send(webhook(`${receiver.url}/T0KEN`)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'DELIVERY_FAILED',
      retryable: true,
      message: expect.stringMatching(says),
    });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('T0KEN');
    expect(receiver.heard).toEqual([]);
  });

  it('where nobody listens is tried again', async () => {
    const receiver = await httpReceiver();
    await receiver[Symbol.asyncDispose]();
    const failure = send(webhook(`${receiver.url}/T0KEN`));
    await expect(failure).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('other channels', () => {
  it('syslog gets one datagram of RFC 5424', async () => {
    using receiver = await udpReceiver();
    const next = receiver.next();
    await send(syslog('unused', { host: '127.0.0.1', port: receiver.port }));
    expect(await next).toMatch(
      /^<29>1 2026-11-22T02:00:00\.000Z \S+ sagekeep \d+ test \[sagekeep@32473 incident="test"/,
    );
  });

  it("this machine's own syslog gets a line, and one that is gone has taken nothing", async () => {
    const receiver = await syslogReceiver();
    const [line, result] = await Promise.all([receiver.next(), send(syslog(receiver.socket))]);
    expect(line).toMatch(/^<29>.* sagekeep: \[TEST\] Sagekeep can reach this channel/);
    expect(result).toEqual({ delivered: true, detail: 'written by logger' });
    await receiver[Symbol.asyncDispose]();
    await expect(send(syslog(receiver.socket))).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      retryable: true,
      message: expect.stringContaining('No such file or directory'),
    });
  });

  it('e-mail gets plain text with a stable message id', async () => {
    await using receiver = await smtpReceiver();
    const channel: ChannelConfig = {
      kind: 'email',
      name: 'mail',
      smtp: receiver.url,
      from: 'a@x.test',
      to: ['b@x.test'],
    };
    expect(await send(channel)).toMatchObject({ delivered: true, detail: '250 taken' });
    expect(receiver.mails[0]).toMatch(/^Subject: \[TEST\] Sagekeep can reach this channel$/m);
    expect(receiver.mails[0]).toMatch(
      /^Message-ID: <test\.test\.2026-11-22T02-00-00\.000Z\.mail@sagekeep>$/m,
    );
  });

  it('e-mail that is refused is tried again', async () => {
    await using receiver = await smtpReceiver({ refuse: true });
    const channel: ChannelConfig = {
      kind: 'email',
      name: 'mail',
      smtp: receiver.url,
      from: 'a@x.test',
      to: ['b@x.test'],
    };
    await expect(send(channel)).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      retryable: true,
      message: expect.stringContaining('451'),
    });
  });

  it('e-mail without a record goes to all of them at once: whoever has it is not told at each attempt', async () => {
    await using receiver = await smtpReceiver();
    await using place = await temporaryVault(start);
    const { deps, incidents, told } = mailToTwo(receiver.url, place.vault);
    await incidents.raise(cause);
    const [opened] = told as [DeliverPayload];
    const unrecorded = await place.vault.records.get('incidents', opened.incident);
    if (unrecorded === null) throw new Error('no incident');
    receiver.unknown.add('c@x.test');
    expect(await deliver({ ...opened, unrecorded }, deps)).toMatchObject({ delivered: true });
    expect(receiver.mails).toHaveLength(1);
  });

  it('e-mail that is refused for one of several is tried again for that one only, whose end waits', async () => {
    await using receiver = await smtpReceiver();
    await using place = await temporaryVault(start);
    const { deps, incidents, told } = mailToTwo(receiver.url, place.vault);
    await incidents.raise(cause);
    await incidents.resolve(cause.key);
    const heard = () =>
      receiver.mails
        .splice(0)
        .map((text) => /^To: (\S+)\nSubject: \[(\w+)\]/m.exec(text)?.slice(1).join(' '));
    receiver.unknown.add('c@x.test');
    const [opened, resolved] = told as [DeliverPayload, DeliverPayload];
    for (const payload of [opened, opened, resolved, resolved])
      await expect(deliver(payload, deps)).rejects.toMatchObject({
        ...{ code: 'DELIVERY_FAILED', retryable: true },
        message: expect.stringMatching(/^The channel mail \(c@x\.test\) took nothing: .+\.$/),
      });
    expect(heard()).toEqual(['b@x.test FAIL', 'b@x.test RESOLVED']);
    receiver.unknown.clear();
    for (const payload of [opened, resolved, opened, resolved])
      expect(await deliver(payload, deps)).toMatchObject({ delivered: true });
    expect(heard()).toEqual(['c@x.test FAIL', 'c@x.test RESOLVED']);
  });

  it('e-mail to more people than when the incident was opened tells all of them its end', async () => {
    await using receiver = await smtpReceiver();
    await using place = await temporaryVault(start);
    const told: DeliverPayload[] = [];
    const enqueue = async (payload: DeliverPayload) => {
      told.push(payload);
      return 'waiting' as const;
    };
    const mail = (...to: string[]): ChannelConfig => ({
      ...{ kind: 'email', name: 'mail', smtp: receiver.url, from: 'a@x.test', to },
    });
    const deps = { databases, vault: place.vault, now: () => start, signal };
    const known = { channels: ['mail'], remindAfterMs: minute };
    const incidents = createIncidents({ ...deps, ...known, enqueue });
    await incidents.raise(cause);
    await incidents.resolve(cause.key);
    const [opened, resolved] = told as [DeliverPayload, DeliverPayload];
    await deliver(opened, { ...deps, channels: [mail('b@x.test')] });
    await deliver(resolved, { ...deps, channels: [mail('b@x.test', 'c@x.test')] });
    expect(receiver.mails.map((text) => /^To: (\S+)$/m.exec(text)?.[1]).sort()).toEqual([
      ...['b@x.test', 'b@x.test', 'c@x.test'],
    ]);
  });

  it('healthchecks hears of start, success and failure of one run', async () => {
    await using receiver = await httpReceiver();
    const channel = {
      kind: 'healthchecks' as const,
      name: 'hc',
      url: `${receiver.url}/key/{database}/`,
      provenOnly: true,
    };
    for (const event of ['start', 'success', 'fail'] as const) {
      await pingRun(channel, { event, jobId: 'job-1', database: 'sage', log: `it was a ${event}` }, signal);
    }
    const rid = /rid=([0-9a-f-]{36})$/.exec(receiver.heard[0]?.path ?? '')?.[1];
    expect(receiver.heard.map(({ path }) => path)).toEqual([
      `/key/sage/start?rid=${rid}`,
      `/key/sage?rid=${rid}`,
      `/key/sage/fail?rid=${rid}`,
    ]);
    expect(receiver.heard[1]?.body).toBe('it was a success');
  });

  it('healthchecks is pinged at its path, and the query of its URL stays', async () => {
    await using receiver = await httpReceiver();
    const channel = {
      ...{ kind: 'healthchecks' as const, name: 'hc', provenOnly: true },
      url: `${receiver.url}/key/{database}?create=1`,
    };
    for (const event of ['start', 'success', 'fail'] as const)
      await pingRun(channel, { event, jobId: 'job-1', database: 'sage/2', log: event }, signal);
    await send(channel);
    const paths = receiver.heard.map(({ path }) => path.replace(/rid=[0-9a-f-]{36}$/, 'rid=ID'));
    expect(paths).toEqual([
      '/key/sage%2F2/start?create=1&rid=ID',
      '/key/sage%2F2?create=1&rid=ID',
      '/key/sage%2F2/fail?create=1&rid=ID',
      '/key/sage/log?create=1',
      '/key/all/log?create=1',
    ]);
  });

  it('a test of healthchecks pings the check of every database, and tells those that were not reached', async () => {
    await using receiver = await httpReceiver();
    const channel = {
      ...{ kind: 'healthchecks' as const, name: 'hc', provenOnly: true },
      url: `${receiver.url}/key/{database}`,
    };
    const paths = () => receiver.heard.splice(0).map(({ path }) => path);
    expect(await send(channel, ['sage', 'shop'])).toEqual({
      ...{
        delivered: true,
        detail: 'hc (sage): answered 200; hc (shop): answered 200; hc (all): answered 200',
      },
    });
    expect(paths().sort()).toEqual(['/key/all/log', '/key/sage/log', '/key/shop/log']);

    receiver.answer = (path) => (path.startsWith('/key/shop/') ? 404 : 200);
    expect(await send(channel, ['sage', 'shop'])).toEqual({
      delivered: false,
      detail:
        'The channel hc (shop) took nothing: it answered 404. Taken by hc (sage): answered 200; hc (all): answered 200',
    });
    expect(paths().sort()).toEqual(['/key/all/log', '/key/sage/log']);
    receiver.answer = () => 404;
    await expect(send(channel, ['shop'])).rejects.toMatchObject({ code: 'DELIVERY_FAILED', retryable: true });
    receiver.answer = () => 200;
    await send({ ...channel, url: `${receiver.url}/one` }, ['sage', 'shop']);
    expect(paths()).toEqual(['/one/log']);
  });

  it('a test that is refused for one recipient of a mail is not repeated to the others', async () => {
    await using receiver = await smtpReceiver();
    receiver.unknown.add('c@x.test');
    const to = ['b@x.test', 'c@x.test'];
    const mail: ChannelConfig = { kind: 'email', name: 'mail', smtp: receiver.url, from: 'a@x.test', to };
    expect(await send(mail)).toMatchObject({
      delivered: false,
      detail: expect.stringMatching(
        /mail \(c@x\.test\) took nothing: .+ Taken by mail \(b@x\.test\): 250 taken/,
      ),
    });
    receiver.unknown.add('b@x.test');
    await expect(send(mail)).rejects.toMatchObject({ code: 'DELIVERY_FAILED', retryable: true });
  });

  it('an unknown channel is named with the known ones, and not tried again', async () => {
    await using place = await temporaryVault(start);
    const payload: DeliverPayload = {
      incident: 'test',
      channel: 'hok',
      event: 'test',
      at: start.toISOString(),
    };
    const deps = { channels: [webhook('http://x')], databases, vault: place.vault, now: () => start, signal };
    await expect(deliver(payload, deps)).rejects.toMatchObject({
      retryable: false,
      advice: expect.stringContaining('hook'),
    });
  });
});

/**
 * What the queue does with `deliver` jobs, on a clock of our own: as many attempts as the catalogue says, with back-off, and
 * each job runs twice now and then. One that was given up starts again when it is enqueued again.
 */
function createQueue(place: TemporaryVault, channels: ChannelConfig[], random: () => number) {
  const pending: { payload: DeliverPayload; key: string; dueAt: number; tries: number }[] = [];
  const states = new Map<string, 'waiting' | 'given up' | 'taken'>();
  const subject = {
    pending,
    givenUp: 0,
    async enqueue(payload: DeliverPayload, key: string) {
      const state = states.get(key);
      if (state === undefined || state === 'given up') {
        states.set(key, 'waiting');
        pending.push({ payload, key, dueAt: place.clock.getTime(), tries: 0 });
      }
      return state === 'taken' ? state : 'waiting';
    },
    async runDue(): Promise<void> {
      const end = (job: (typeof pending)[number], state: 'given up' | 'taken') => {
        states.set(job.key, state);
        pending.splice(pending.indexOf(job), 1);
      };
      for (const job of pending.filter(({ dueAt }) => dueAt <= place.clock.getTime())) {
        try {
          await deliver(job.payload, {
            channels,
            databases,
            vault: place.vault,
            now: () => place.clock,
            signal,
          });
          if (random() < 0.8) end(job, 'taken');
        } catch {
          job.tries += 1;
          job.dueAt = place.clock.getTime() + Math.min(2 ** job.tries * 2000, backoff.capMs);
          if (job.tries < attempts) continue;
          subject.givenUp += 1;
          end(job, 'given up');
        }
      }
    },
  };
  return subject;
}

/** A small generator of numbers, so that a failing run can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

it.each([
  { gone: 'an hour at once', from: 0, until: 60, seed: 20261122, givesUp: false },
  { gone: 'two hours in the midst of it', from: 7, until: 127, seed: 7, givesUp: false },
  { gone: 'eleven hours', from: 5, until: 665, seed: 99, givesUp: true },
])(
  'a receiver that fails half of the time and is gone for $gone hears every event once, in order, over restarts',
  async (outage) => {
    await using receiver = await httpReceiver();
    await using place = await temporaryVault(start);
    const random = seeded(outage.seed);
    let passed = 0;
    const down = () => passed >= outage.from && passed < outage.until;
    receiver.answer = () => (down() || random() < 0.5 ? 503 : 200);
    const queue = createQueue(place, [webhook(receiver.url)], random);
    const deps = {
      vault: place.vault,
      databases,
      channels: ['hook'],
      remindAfterMs: 48 * 60 * minute,
      now: () => place.clock,
    };
    const causes = Array.from({ length: 10 }, (_, index) => ({ ...cause, key: `cause:${index}` }));
    for (; passed < 24 * 60; passed += 1) {
      // A restart: nothing but the storage and the queue remembers.
      const incidents = createIncidents({ ...deps, enqueue: queue.enqueue });
      if (passed < 10) await incidents.raise(causes[passed] ?? cause);
      if (passed >= 10 && passed < 20) await incidents.resolve(`cause:${passed - 10}`);
      if (passed % 60 === 0) await incidents.tend();
      await queue.runDue();
      place.clock = new Date(place.clock.getTime() + minute);
    }
    expect(queue.pending).toEqual([]);
    expect(queue.givenUp > 0).toBe(outage.givesUp);
    const heard = receiver.heard.map(({ body }) => JSON.parse(body) as { key: string; event: string });
    for (const { key } of causes) {
      expect(heard.filter((one) => one.key === key).map(({ event }) => event)).toEqual([
        'opened',
        'resolved',
      ]);
    }
    expect(heard).toHaveLength(2 * causes.length);
  },
);

it('alerts outlive a receiver that is gone for twelve hours, and the failure of every delivery', async () => {
  await using receiver = await httpReceiver();
  await using place = await temporaryVault(start);
  receiver.answer = () => (place.clock.getTime() - start.getTime() < 12 * 60 * minute ? 503 : 200);
  const queue = createQueue(place, [webhook(receiver.url)], () => 0);
  const incidents = createIncidents({
    ...{
      vault: place.vault,
      databases,
      channels: ['hook'],
      remindAfterMs: 6 * 60 * minute,
    },
    ...{ now: () => place.clock, enqueue: queue.enqueue },
  });
  const raised = await incidents.raise(cause);
  for (let passed = 0; passed < 24 * 60; passed += 3) {
    if (passed === 13 * 60) await incidents.resolve(cause.key);
    await incidents.tend();
    await queue.runDue();
    place.clock = new Date(place.clock.getTime() + 3 * minute);
  }
  expect(queue.givenUp).toBeGreaterThan(0);
  expect(queue.pending).toEqual([]);
  const heard = receiver.heard.map(({ body }) => JSON.parse(body) as { incident: string; event: string });
  expect(heard.every(({ incident }) => incident === raised.id)).toBe(true);
  expect([heard[0]?.event, heard.at(-1)?.event]).toEqual(['opened', 'resolved']);
  expect(heard.filter(({ event }) => event === 'opened')).toHaveLength(1);
});

it('pings of a run carry its report, once, and incidents of the same failure are left to them', async () => {
  await using receiver = await httpReceiver();
  await using place = await temporaryVault(start);
  const channels: ChannelConfig[] = [
    { kind: 'healthchecks', name: 'hc', url: receiver.url, provenOnly: false },
  ];
  await place.vault.records.put('reports', 'b7', {
    ...{ version: 1, id: 'b7', kind: 'backup', database: 'sage', at: start.toISOString(), result: 'done' },
    ...{ title: 'Backup sage_backup_20261122_020000', sections: [] },
  });
  const run = { job: 'b7', database: 'sage' };
  const ping: DeliverPayload = {
    incident: 'run-b7',
    channel: 'hc',
    event: 'run-succeeded',
    at: start.toISOString(),
    run,
  };
  const deps = { channels, databases, vault: place.vault, now: () => start, signal };
  expect(await deliver(ping, deps)).toMatchObject({ delivered: true });
  expect(await deliver(ping, deps)).toEqual({ delivered: true, detail: 'was delivered before' });
  const told: DeliverPayload[] = [];
  const enqueue = async (payload: DeliverPayload) => {
    told.push(payload);
    return 'waiting' as const;
  };
  const known = { channels: ['hc'], remindAfterMs: minute };
  await createIncidents({ ...deps, ...known, enqueue }).raise(cause);
  for (const payload of told)
    expect(await deliver(payload, deps)).toMatchObject({ detail: 'told by the ping of the run' });
  expect(receiver.heard.map(({ body }) => body.split('\n')[0])).toEqual([
    'Backup sage_backup_20261122_020000',
  ]);
});

it('a ping that comes after a later one of the same run and channel is left out', async () => {
  await using receiver = await httpReceiver();
  await using place = await temporaryVault(start);
  const channels = ['hc', 'other'].map(
    (name): ChannelConfig => ({
      kind: 'healthchecks',
      name,
      url: `${receiver.url}/${name}`,
      provenOnly: false,
    }),
  );
  const ping = (event: DeliverPayload['event'], minutes: number, channel = 'hc') =>
    deliver(
      {
        ...{ incident: 'run-b7', channel, event, run: { job: 'b7', database: 'sage' } },
        at: new Date(start.getTime() + minutes * minute).toISOString(),
      },
      { channels, databases, vault: place.vault, now: () => start, signal },
    );
  const over = { delivered: false, detail: 'nothing to tell any more' };
  await ping('run-succeeded', 3);
  expect(await ping('run-started', 0)).toEqual(over);
  expect(await ping('run-failed', 1)).toEqual(over);
  await ping('run-started', 0, 'other');
  // A person runs it again.
  await ping('run-started', 5);
  await ping('run-failed', 6);
  expect(receiver.heard.map(({ path }) => path.split('?')[0])).toEqual([
    ...['/hc', '/other/start', '/hc/start', '/hc/fail'],
  ]);
});
