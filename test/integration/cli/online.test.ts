import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Job, UnrecoverableError } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testWorld } from '../../../apps/cli/src/testing/world.ts';
import { waitFor } from '../../support/events.ts';
import { spawnNode } from '../../support/processes.ts';
import { tokens } from '../api/harness.ts';
import { publishBackup } from './catalogue.ts';
import { goOnline, type Online, repository, say } from './online.ts';

let online: Online;
let id: string;
/** What a backup waits for in its midst. */
let held: Promise<unknown> = Promise.resolve();
beforeAll(async () => {
  online = await goOnline();
  id = await publishBackup(online.api.vault, { label: 'first' });
  await online.work('backup', async (job: Job) => {
    await job.log('locked 3 tables');
    await job.updateProgress({ progress: 40, phase: 'dumping', bytes: 1000 });
    await held;
    if ((job.data as { label?: string }).label === 'fail')
      throw new UnrecoverableError('TOOLS_MISSING: no pg_dump\nWhat to do: install it');
    return { backup: await publishBackup(online.api.vault, { jobId: job.id ?? '' }), proof: null };
  });
});
afterAll(() => online[Symbol.asyncDispose]());

/** One whose words are read while they are said. */
function worldOf() {
  const environment = { SAGEKEEP_URL: online.url, SAGEKEEP_TOKEN: tokens.operator };
  return testWorld({ environment, root: '/nonexistent' });
}

describe('list and show', () => {
  it('tells what the catalogue holds', async () => {
    const { code, out, err } = await online.sagekeep(['list', 'sage']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(id);
    expect(out).toMatch(/not proven +first/);
  });

  it('proves no backup of another database than the one that is named', async () => {
    const { code, err } = await online.sagekeep(['prove', id, '--database', 'other']);
    expect(code).toBe(2);
    expect(err).toMatch(/the backup is one of sage \[INVALID_INPUT\]/);
  });

  it('prints the whole manifest as JSON', async () => {
    const { out } = await online.sagekeep(['show', id, '--json']);
    expect(JSON.parse(out)).toMatchObject({ manifest: { id, label: 'first' }, marks: { proof: null } });
  });

  it('ends with 1 for a backup that is not there, in the API’s words', async () => {
    const { code, err } = await online.sagekeep(['show', 'sage_backup_19990101_000000']);
    expect(code).toBe(1);
    expect(err).toMatch(/sagekeep: .*sage_backup_19990101_000000.*\[UNKNOWN_BACKUP\]/);
  });
});

describe('backup', () => {
  it('follows the job to its end and tells what was made', async () => {
    const world = worldOf();
    held = waitFor(() => world.written().err.includes('40 %'), { what: 'its progress to be told' });
    const { code, out, err } = await say(['backup', 'sage'], world);
    held = Promise.resolve();
    expect(err).toMatch(/^ {2}locked 3 tables$/m);
    expect(err).toMatch(/40 % dumping, 1 kB/);
    expect(out).toMatch(/^Backup sage_backup_\d{8}_\d{6}\w*: 23 B, 1 tables, 3000 rows; not proven\.$/m);
    expect(code).toBe(0);
  });

  it('answers --json with the finished job alone on stdout', async () => {
    const { code, out } = await online.sagekeep(['backup', 'sage', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ queue: 'backup', state: 'completed', result: { proof: null } });
  });

  it('ends with 1 and the reason when the job fails; retry runs it again', async () => {
    const failed = await online.sagekeep(['backup', 'sage', '--label', 'fail']);
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(failed.err).toContain('sagekeep: no pg_dump [TOOLS_MISSING]\n  install it');
    const { out } = await online.sagekeep(['jobs', '--state', 'failed', '--json']);
    const [job] = (JSON.parse(out) as { items: { id: string }[] }).items;
    const again = await online.sagekeep(['retry', `backup/${job?.id}`]);
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('locked 3 tables');
    const shown = await online.sagekeep(['jobs', `backup/${job?.id}`]);
    expect(shown.out).toMatch(/state +failed\n(.*\n)*error +no pg_dump \[TOOLS_MISSING\]/);
  });

  it('returns at once with --no-wait, and says how to follow', async () => {
    const { code, out } = await online.sagekeep(['backup', 'sage', '--no-wait']);
    expect(code).toBe(0);
    const reference = /follow it: sagekeep jobs (backup\/\S+) --follow/.exec(out)?.[1] ?? '';
    const followed = await online.sagekeep(['jobs', reference, '--follow']);
    expect(followed).toMatchObject({ code: 0 });
    expect(followed.out).toMatch(/state +completed/);
  });

  it('takes none with --if-none where there is one', async () => {
    const { code, out } = await online.sagekeep(['backup', 'sage', '--if-none']);
    expect([code, out]).toEqual([0, 'sage has a backup already; none was taken.\n']);
  });

  it('names the databases when it is given none of them', async () => {
    expect(await online.sagekeep(['backup'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('sage, other'),
    });
    const unknown = await online.sagekeep(['backup', 'nowhere']);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('[UNKNOWN_DATABASE]') });
  });

  it('refuses a bad label before anything is sent', async () => {
    const { code, err } = await online.sagekeep(['backup', 'sage', '--label', 'two\nlines']);
    expect([code, err]).toEqual([2, expect.stringContaining('label: one line without control characters')]);
  });
});

describe('Ctrl-C', () => {
  it('leaves the job running and says how to follow or cancel it', async () => {
    const world = worldOf();
    // Nobody works on this queue, so the job waits.
    const saying = say(['cleanup', 'sage'], world);
    while (!world.written().err.includes('waiting for a worker')) await turn();
    world.interrupt();
    const { code, err } = await saying;
    expect(code).toBe(130);
    const reference = /cancel it: sagekeep cancel (cleanup\/\S+)/.exec(err)?.[1] ?? '';
    const job = await online.sagekeep(['jobs', reference, '--json']);
    expect(JSON.parse(job.out)).toMatchObject({ state: 'waiting' });
    const cancelled = await online.sagekeep(['cancel', reference]);
    expect(cancelled).toMatchObject({ code: 0, out: expect.stringContaining('will not run') });
    expect(await online.sagekeep(['jobs', reference])).toMatchObject({ code: 1 });
  });
});

describe('Ctrl-C of the real process', () => {
  it('ends with 130 and the job goes on', async () => {
    const env = { SAGEKEEP_URL: online.url, SAGEKEEP_TOKEN: tokens.operator };
    const args = ['cleanup', 'other'];
    await using child = spawnNode(join(repository, 'apps/cli/src/main.ts'), { args, env });
    await child.line(/waiting for a worker/);
    child.child.kill('SIGINT');
    expect(await child.finished).toEqual({ code: 130, signal: null });
    const reference = /follow it: sagekeep jobs (\S+) --follow/.exec(child.lines.join('\n'))?.[1] ?? '';
    expect(await online.sagekeep(['cancel', reference])).toMatchObject({ code: 0 });
  });
});

describe('hold', () => {
  it('keeps a backup, shows it, and releases it', async () => {
    expect(await online.sagekeep(['hold', id, 'before the migration'])).toMatchObject({ code: 0 });
    expect((await online.sagekeep(['list'])).out).toContain('held: before the migration');
    expect(await online.sagekeep(['hold', id, '--release'])).toMatchObject({ code: 0 });
    expect((await online.sagekeep(['list'])).out).not.toContain('held');
    expect(await online.sagekeep(['hold', id])).toMatchObject({ code: 2 });
  });
});

describe('schedule', () => {
  it('sets, disables and takes back a schedule, in the zone of who types', async () => {
    const world = { timeZone: 'Asia/Shanghai' };
    const argv = [
      'schedule',
      'set',
      'lunch',
      '--job',
      'backup',
      '--database',
      'sage',
      '--cron',
      '30 12 * * *',
    ];
    const set = await online.sagekeep([...argv, '--json'], world);
    expect(JSON.parse(set.out)).toMatchObject({ name: 'lunch', timezone: 'Asia/Shanghai', source: 'user' });
    const line = async () => /^lunch .*$/m.exec((await online.sagekeep(['schedule'], world)).out)?.[0];
    expect(await line()).toMatch(
      /backup sage +30 12 \* \* \* +Asia\/Shanghai +\S+ 12:30:00 GMT\+8 \(04:30:00 UTC\) +user/,
    );
    expect(await online.sagekeep(['schedule', 'disable', 'lunch'])).toMatchObject({ code: 0 });
    expect(await line()).toContain('disabled');
    expect(await online.sagekeep(['schedule', 'remove', 'lunch'])).toMatchObject({ code: 0 });
    expect(await line()).toBeUndefined();
  });

  it('refuses a cron text that is none', async () => {
    const bad = ['schedule', 'set', 'bad', '--job', 'backup', '--database', 'sage', '--cron', '61 * * * *'];
    expect(await online.sagekeep(bad)).toMatchObject({ code: 2, err: expect.stringContaining('cron') });
  });
});

describe('rights', () => {
  const as = (token: string) => ({ environment: { SAGEKEEP_URL: online.url, SAGEKEEP_TOKEN: token } });

  it('a viewer may look and not act', async () => {
    expect(await online.sagekeep(['list'], as(tokens.viewer))).toMatchObject({ code: 0 });
    const refused = await online.sagekeep(['backup', 'sage'], as(tokens.viewer));
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('[FORBIDDEN]') });
  });

  it('a wrong token is named as such, and not shown', async () => {
    const { code, err } = await online.sagekeep(['list'], as('not-the-token'));
    expect(code).toBe(1);
    expect(err).toContain('[UNAUTHENTICATED]');
    expect(err).not.toContain('not-the-token');
  });
});

describe('status and alerts', () => {
  it('status ends with 3 while nothing is proven', async () => {
    const { code, out } = await online.sagekeep([]);
    expect(code).toBe(3);
    expect(out).toContain('sage');
  });

  it('alerts says when there are none', async () => {
    expect(await online.sagekeep(['alerts'])).toMatchObject({ code: 0, out: 'No open incidents.\n' });
  });

  it('alerts close ends one by its id, and --all says by whom and why', async () => {
    const at = new Date().toISOString();
    await online.api.vault.records.put('incidents', 'i1', {
      ...{ version: 1, id: 'i1', key: 'restore-failed:sage', database: 'sage', severity: 'fail' },
      ...{
        title: 'The restore of sage failed',
        detail: 'it broke',
        advice: '',
        openedAt: at,
        lastSeenAt: at,
      },
      ...{ remindedAt: null, resolvedAt: null, occurrences: 1 },
    });
    expect(await online.sagekeep(['alerts'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('id    i1'),
    });
    const without = await online.sagekeep(['alerts', 'close', 'i1']);
    expect(without.code).not.toBe(0);
    expect(await online.sagekeep(['alerts', 'close', 'i1', 'not needed'])).toMatchObject({
      code: 0,
      out: 'Closed: The restore of sage failed\n',
    });
    expect(await online.sagekeep(['alerts'])).toMatchObject({ code: 0 });
    const { out } = await online.sagekeep(['alerts', '--all']);
    expect(out).toMatch(/closed by \S+ \(not needed\)/);
  });

  it('alerts test says what became of the message', async () => {
    await online.work('alert', async (_job: Job) => ({ delivered: true, detail: '200 OK' }));
    const good = await online.sagekeep(['alerts', 'test', 'desk']);
    expect(good).toMatchObject({ code: 0, out: 'ok      desk: 200 OK\n' });
    const unknown = await online.sagekeep(['alerts', 'test', 'nobody']);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('known are: desk') });
  });
});

describe('forget', () => {
  const seenAt = new Date().toISOString();
  const shop = {
    ...{ version: 1 as const, id: 'shop', name: 'shop', container: 'shop-db', containerId: 'c1' },
    ...{ dbname: null, why: null, advice: null, since: seenAt, seenAt },
  };

  it('forgets a database whose labelled container is gone, and says why not while it is there', async () => {
    const { records } = online.api.vault;
    await records.put('databases', 'shop', { ...shop, state: 'ready' });
    const there = await online.sagekeep(['forget', 'shop']);
    expect(there.code).toBe(1);
    expect(there.err).toMatch(/shop-db of shop is there.*\[CONFLICT\].*remove the container first/s);
    await records.put('databases', 'shop', { ...shop, state: 'gone' });
    const { code, out } = await online.sagekeep(['forget', 'shop']);
    expect([code, out]).toEqual([0, 'shop is forgotten; its backups stay.\n']);
    expect(await records.get('databases', 'shop')).toBeNull();
  });
});
