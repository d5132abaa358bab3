import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backup, CleanupJobResult, RestorePlan } from '@sagekeep/contracts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { openBrowser } from './support/browser.ts';
import { type ApiClient, createApiClient } from './support/client.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, startStack, untilNoSessions } from './support/stack.ts';
import { runVerb } from './support/verb.ts';

/** One composed installation with sample rows, from its first backup to a day that goes wrong and is put right. */
let engine: Engine;
let stack: ComposeStack;
let api: ApiClient;
let browser: Browser;
/** The rows of both tables as one digest: what a restore must bring back. */
const contents =
  "SELECT md5(string_agg(t, '|' ORDER BY t)) FROM (SELECT memories::text FROM memories UNION ALL SELECT sessions::text FROM sessions) AS r (t)";
let sound: string;

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  stack = await startStack(engine, { profiles: ['demo'] });
  api = createApiClient(stack);
  sound = await stack.sql(contents);
  await stack.sagekeep(
    'schedule',
    'set',
    'soon',
    '--job',
    'backup',
    '--database',
    'sage',
    '--cron',
    '* * * * *',
  );
});

afterAll(async () => {
  await browser?.close();
  await stack?.[Symbol.asyncDispose]();
  await engine?.stop();
});

const done = (...args: string[]) => runVerb(stack, ...args);

it('the first backup holds the sample rows and is proven without anybody asking', async () => {
  const first = await waitFor(async () => (await api.backups()).find(({ marks }) => marks.proof !== null), {
    what: 'the first proof',
    withinMs: 180_000,
  });
  expect(first.manifest.inventory.tables.map(({ rows }) => rows).sort()).toEqual([24, 400]);
  expect(first.marks.proof).toMatchObject({ kind: 'proof' });
});

it('demo rows are not written over what is there', async () => {
  await stack.compose('up', '--no-deps', 'demo');
  expect(await stack.compose('logs', '--no-log-prefix', 'demo')).toContain('nothing was changed');
  expect(await stack.sql(contents)).toBe(sound);
});

it('Bull Board shows a backup to its end in a browser', async () => {
  browser = await openBrowser();
  const password = await readFile(join(stack.folder, 'data/secrets/api/board_password'), 'utf8');
  const job = await api.start('/v1/backups', { database: 'sage', label: 'seen' });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  await page.goto(`${stack.api}/board/queue/backup/${job.split('/').at(-1)}`);
  await page.fill('#user', 'operator');
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  await page.getByText('backup sage', { exact: true }).waitFor();
  await page.getByText('Finished at').waitFor({ timeout: 120_000 });
  await page.getByText('100%').waitFor();
  const shown = await page.content();
  const secrets = await readFile(join(stack.folder, 'data/secrets/db/password'), 'utf8');
  for (const secret of [secrets, password, stack.token]) expect(shown).not.toContain(secret);
});

it('a schedule makes a backup by itself', async () => {
  const scheduled = async () =>
    (await api.backups()).some(({ manifest }) => manifest.reason === 'schedule') || undefined;
  await waitFor(scheduled, { what: 'a scheduled backup', withinMs: 180_000 });
  await stack.sagekeep('schedule', 'remove', 'soon');
  // One more may have begun: its rows must be those from before the damage, and its proof must not come between.
  await api.idle('backup');
  await api.idle('verify');
});

it('damage is undone by a restore of the proven backup, and the restore by an undo', async () => {
  await stack.sql(
    "DELETE FROM memories WHERE id::text < '8'; UPDATE memories SET assistant_response = 'oops'",
  );
  const damaged = await stack.sql(contents);
  expect(damaged).not.toBe(sound);

  const planned = await done('plan', 'sage', 'latest');
  const { plan } = planned.result as { plan: unknown };
  const { backup, obstacles, tables, planHash } = RestorePlan.parse(plan);
  if (backup === null) throw new Error('the plan names no backup');
  expect(obstacles).toEqual([]);
  expect(tables.find(({ name }) => name === 'public.memories')?.rowsThen).toBe(400);

  const restored = await done('restore', 'sage', backup, '-f', '--plan-hash', planHash);
  expect(await stack.sql(contents)).toBe(sound);
  expect(restored.result).toMatchObject({ safetyBackup: expect.any(String), downtimeMs: expect.any(Number) });

  await done('undo', 'sage', '-f');
  expect(await stack.sql(contents)).toBe(damaged);

  await done('restore', 'sage', backup, '-f');
  expect(await stack.sql(contents)).toBe(sound);
});

it('a verification looks at the container, the database and its rows', async () => {
  const { result } = await done('verify', 'sage');
  const { status, findings } = result as { status: string; findings: { id: string; status: string }[] };
  expect(status).not.toBe('fail');
  expect(findings.filter(({ status: one }) => one === 'fail')).toEqual([]);
  expect(findings.find(({ id }) => id === 'performance.disk')?.status).toMatch(/^(pass|warn|fail)$/);
  expect(findings.filter(({ id }) => id.includes('container')).map(({ status: one }) => one)).toContain(
    'pass',
  );
});

it('cleanup says what it keeps and why, and keeps the newest proven backup', async () => {
  const planned = CleanupJobResult.parse((await done('cleanup', '--dry-run')).result);
  expect(planned.plan.filter(({ subject }) => subject === 'backup').length).toBeGreaterThanOrEqual(3);
  expect(planned.plan.every(({ reason }) => reason !== '')).toBe(true);
  await done('cleanup');
  expect((await api.backups()).some(({ marks }) => marks.proof !== null)).toBe(true);
});

it('the old scripts work from the checkout, without Node on the host', async () => {
  const status = await stack.host('bash', 'scripts/sagekeep', 'list', 'sage', '--json');
  expect(JSON.parse(status)).toMatchObject({ items: expect.any(Array) });
});

it('leaves no session in the database', async () => {
  await untilNoSessions(stack);
});

describe('without a running worker', () => {
  /** Says what it said; exit code 3 means: done, and it found something. */
  const door = (command: string, ...args: string[]) =>
    stack.host(command, ...args).catch((error: { exitCode?: number; stdout: string }) => {
      if (error.exitCode === 3) return error.stdout;
      throw error;
    });

  beforeAll(async () => {
    await stack.compose('stop', 'worker', 'api', 'redis');
  });

  it('the backups are listed offline in a container made for it', async () => {
    const run = ['run', '--rm', '--no-deps', '--no-TTY', 'worker', 'sagekeep', 'list', '--offline', '--json'];
    expect(JSON.parse(await stack.compose(...run))).toMatchObject({ items: expect.any(Array) });
  });

  it('the scripts of old back up, restore and verify', async () => {
    const backups = async () => {
      const { items } = JSON.parse(await door('bash', 'scripts/sagekeep', 'list', 'sage', '--json'));
      return (items as Backup[]).map(({ manifest }) => manifest.id);
    };
    const before = await backups();
    await door('bash', 'scripts/backup.sh');
    const [made = ''] = (await backups()).filter((id) => !before.includes(id));
    await stack.sql("UPDATE memories SET assistant_response = 'oops'");
    await door('bash', 'scripts/restore.sh', '-f', `backups/sage/${made}/${made}.sql.custom`);
    expect(await stack.sql(contents)).toBe(sound);
    expect(await door('bash', 'scripts/verify_data.sh', '--quick')).toMatch(/pass/);
  });

  it('leaves no container and no session', async () => {
    const runs = ['ps', '--all', '--quiet', '--filter', `name=${stack.project}-worker-run`];
    expect(await stack.docker(...runs)).toBe('');
    await untilNoSessions(stack);
  });
});
