import { publishExample } from '@sagekeep/storage/testing';
import { UnrecoverableError, Worker } from 'bullmq';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { logins, startApi, type TestApi } from '../integration/api/harness.ts';

interface Job {
  log(line: string): Promise<unknown>;
  updateProgress(progress: object): Promise<void>;
}

let api: TestApi;
let base: string;
let browser: Browser;
let page: Page;
let worker: Worker;
/** What the worker does with the next job; each test sets it before it adds one. */
let work: (job: Job) => Promise<unknown>;
const foreign: string[] = [];
const complaints: string[] = [];
const result = { backup: 'sage_backup_20261122_020000', proof: null };

beforeAll(async () => {
  api = await startApi();
  base = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { url, prefix } = api.configuration.redis;
  const { hostname, port, password } = new URL(url);
  worker = new Worker('backup', (job) => work(job), {
    connection: { host: hostname, port: Number(port), password },
    prefix,
    settings: { backoffStrategy: () => 1 },
  });
  browser = await chromium.launch({
    timeout: 120_000,
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

afterAll(async () => {
  await browser?.close();
  await worker?.close(true);
  await api?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  page.on('request', (request) => {
    if (!request.url().startsWith(`${base}/`) && !request.url().startsWith('data:'))
      foreign.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});

afterEach(async () => {
  await page.close();
  expect(foreign.splice(0), 'requests to other machines').toEqual([]);
  expect(complaints.splice(0), 'complaints of the browser').toEqual([]);
});

/** Logs in where the login page stands in the way, and comes back to where one wanted to go. */
async function open(
  path: string,
  login: { user: string; password: string } = logins.operator,
): Promise<void> {
  await page.goto(`${base}${path}`);
  expect(new URL(page.url()).pathname).toBe('/login');
  await page.fill('#user', login.user);
  await page.fill('#password', login.password);
  await page.click('button[type=submit]');
  await page.waitForURL(`${base}${path}`);
}

async function addBackup(label: string): Promise<string> {
  const { id } = await api.jobs.add('backup', { database: 'sage', label, reason: 'manual', by: 'ada' });
  return id;
}

/** The buttons on a job's card: retry, duplicate, edit, remove. */
function actionsOf(id: string): Locator {
  return page.getByText(id).locator('xpath=ancestor::*[.//button][1]').getByRole('button');
}

it('shows a job move, its log, and its end', async () => {
  const finish = Promise.withResolvers<void>();
  work = async (job) => {
    await job.log('dumping 3 tables');
    await job.updateProgress({ progress: 42, phase: 'dump', bytes: 4200 });
    await finish.promise;
    await job.updateProgress({ progress: 100, phase: 'done' });
    return result;
  };
  const id = await addBackup('first');

  await open(`/board/queue/backup/${id}`);
  await page.getByText('backup sage', { exact: true }).waitFor();
  await page.getByText('42%').waitFor();
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page.getByText('dumping 3 tables').waitFor();
  finish.resolve();
  await page.getByText('100%').waitFor();
  await page.getByText('Finished at').waitFor();
});

it('runs a failed job again from the page, with its automatic retries', async () => {
  let runs = 0;
  // All four attempts fail, and so does the first one after the retry: only an automatic retry can complete the job.
  work = async () => {
    runs += 1;
    if (runs <= 5) throw new Error('SERVER_UNREACHABLE: the server does not answer');
    return result;
  };
  const id = await addBackup('second');
  await open(`/board/queue/backup/${id}`);
  await page.getByText('Failed at').waitFor();
  await page.getByText('SERVER_UNREACHABLE: the server does not answer').first().waitFor();
  expect(runs).toBe(4);

  await actionsOf(id).first().click();
  await page.getByText('Are you sure that you want to retry this job?').waitFor();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Finished at').waitFor();
  expect(runs).toBe(6);
  expect((await api.jobs.get('backup', id)).state).toBe('completed');
  const audit = api.logged.find((line) => line.includes('retry from the board'));
  expect(JSON.parse(audit ?? '{}')).toMatchObject({ who: 'ada', queue: 'backup', jobId: id, status: 204 });
});

it('removes nothing from the page, and says so', async () => {
  work = () => Promise.reject(new UnrecoverableError('DATABASE_MISSING: there is no such database'));
  const id = await addBackup('third');
  await open(`/board/queue/backup/${id}`);
  await page.getByText('Failed at').waitFor();
  await actionsOf(id).last().click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Not from this page').waitFor();
  expect((await api.jobs.get('backup', id)).state).toBe('failed');
  expect(complaints.splice(0)).toEqual([expect.stringContaining('403')]);
});

it('lets a viewer look, and offers nothing to change', async () => {
  work = () => Promise.reject(new UnrecoverableError('DATABASE_MISSING: there is no such database'));
  const id = await addBackup('fourth');
  await open(`/board/queue/backup/${id}`, logins.viewer);
  await page.getByText('DATABASE_MISSING').waitFor();
  expect(await page.getByText(id).locator('xpath=ancestor::*[2]').getByRole('button').count()).toBe(0);
});

/** Twenty days of backups that grow, take longer and hold more, none of them proven. */
async function publishHistory(): Promise<void> {
  const none = '0'.repeat(64);
  for (let day = 1; day <= 20; day += 1) {
    const at = new Date(Date.UTC(2026, 10, day, 2));
    const startedAt = at.toISOString();
    const finishedAt = new Date(at.getTime() + day * 1000).toISOString();
    const table = { name: 'public.memories', columns: ['id'], bytes: 0, digest: none, nulls: {} };
    const tables = [{ ...table, rows: day * 100 }];
    const inventory = {
      ...{ entries: [], sequences: [], tables },
      largeObjects: { count: 0, bytes: 0, digest: none },
    };
    const content = 'PGDMP'.repeat(1000 + day * 50);
    await publishExample(api.vault, { at, content, changes: { startedAt, finishedAt, inventory } });
  }
}

it('has a page for the status, with plots and what to do about each bad line, that fits on a phone', async () => {
  await publishHistory();
  await open('/');
  await page.setViewportSize({ width: 390, height: 844 });
  const card = page.locator('section', { has: page.getByRole('heading', { name: '■ sage' }) });
  for (const newest of ['Size: 10 kB', 'Duration: 20 s', 'Rows: 2,000'])
    await card.getByRole('img', { name: `${newest} on 2026-11-20` }).waitFor();
  const unproven = card.getByRole('listitem').filter({ hasText: '■ no proven backup' });
  await unproven.getByText('no backup of this database has been restored aside and compared yet').waitFor();
  expect(await unproven.locator('code').textContent()).toMatch(/^sagekeep prove sage_backup_20261120_\d{6}$/);
  const unscheduled = page.getByRole('listitem').filter({ hasText: '▲ no schedule is enabled' });
  await unscheduled.getByText('nothing will be backed up unless somebody asks for it').waitFor();
  await unscheduled.getByText('./scripts/setup_monitoring.sh --setup-cron --setup-monitoring').waitFor();
  const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  expect(await page.evaluate(tooWide)).toBe(false);
  await page.getByRole('link', { name: 'Jobs' }).click();
  await page.waitForURL(`${base}/board`);
  await page.getByRole('link', { name: 'backup' }).first().waitFor();
});

it('has a page for the API', async () => {
  await page.goto(`${base}/docs`);
  await page.getByText('/v1/backups/{id}/files/{name}').waitFor();
});
