import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBorders } from '../faults/stack/borders.ts';
import { waitFor } from '../support/events.ts';
import { temporaryFolder } from '../support/folders.ts';
import { type NodeProcess, spawnNode } from '../support/processes.ts';
import { createDatabase, redisUrl, type TestDatabase, uniquePrefix } from '../support/servers.ts';

/** API and worker as processes of their own, a real database, a real browser. */
const folder = temporaryFolder();
const token = 'operator-token-of-the-story';
const password = 'board-password-of-the-story';
const borderFolder = temporaryFolder();
const borders = createBorders(borderFolder.path);
let database: TestDatabase;
let api: NodeProcess;
let worker: NodeProcess;
let browser: Browser;
let page: Page;
let base: string;

beforeAll(async () => {
  database = await createDatabase({ template: 'sample' });
  const env = {
    DATABASE_URL: database.ownerUrl,
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: folder.path,
    SAGEKEEP_LOGS: '',
    SAGEKEEP_PORT: '0',
    SAGEKEEP_OPERATOR_TOKEN: token,
    SAGEKEEP_BOARD_PASSWORD: password,
    SAGEKEEP_BORDERS: borderFolder.path,
  };
  api = spawnNode('apps/api/src/main.ts', { env });
  worker = spawnNode('apps/worker/src/main.ts', { env });
  base = (JSON.parse(await api.line(/"msg":"listening"/)) as { address: string }).address;
  await worker.line(/the worker is ready/);
  browser = await chromium.launch({
    timeout: 120_000,
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
});

afterAll(async () => {
  await browser?.close();
  await worker?.kill();
  await api?.kill();
  await database?.drop();
  folder.remove();
  borderFolder.remove();
});

async function request(path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return fetch(base + path, { headers, ...init });
}

/** Asks for a backup and returns where the board shows its job. */
async function backUp(label: string): Promise<string> {
  const response = await request('/v1/backups', { database: 'sage', label });
  expect(response.status).toBe(202);
  return ((await response.json()) as { links: { board: string } }).links.board;
}

/** What the ring of the one job on the page says. */
async function shownPercent(): Promise<number> {
  const text = await page
    .getByText(/^\d+%$/)
    .first()
    .textContent();
  return Number.parseInt(text ?? '', 10);
}

async function labels(): Promise<string[]> {
  const { items } = (await (await request('/v1/backups')).json()) as {
    items: { manifest: { label: string } }[];
  };
  return items.map(({ manifest }) => manifest.label);
}

it('a backup asked for over HTTP is seen to complete in the board', async () => {
  for (const border of ['backup:dump', 'backup:derive']) borders.hold(border);
  await page.goto(base + (await backUp('first')));
  await page.fill('#user', 'operator');
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  await page.getByText('backup sage', { exact: true }).waitFor();
  await borders.reached('backup:dump');
  // The page asks every few seconds.
  const begun = async () => (await shownPercent()) || undefined;
  const atDump = await waitFor(begun, { what: 'some progress to be shown' });
  borders.release('backup:dump');
  await borders.reached('backup:derive');
  await waitFor(async () => (await shownPercent()) > atDump, { what: 'the progress to move' });
  expect(await shownPercent()).toBeLessThan(100);
  borders.release('backup:derive');
  await page.getByText('Finished at').waitFor();
  await page.getByText('100%').waitFor();
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page
    .getByText(/public\.memories|tables?/)
    .first()
    .waitFor();
  expect(await labels()).toEqual(['first']);
});

it('a backup that failed says why, and is made by a retry from the page', async () => {
  await database.drop();
  const board = await backUp('second');
  await page.goto(base + board);
  await page.getByText('Failed at').waitFor();
  await page.getByText('DATABASE_MISSING').first().waitFor();
  const shown = await page.content();
  for (const secret of [new URL(database.ownerUrl).password, token]) expect(shown).not.toContain(secret);
  expect(await labels()).toEqual(['first']);

  database = await createDatabase({ template: 'sample', name: database.dbname });
  const id = board.split('/').at(-1) ?? '';
  await page.getByText(id).locator('xpath=ancestor::*[.//button][1]').getByRole('button').first().click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Finished at').waitFor();
  expect(await labels()).toEqual(['second', 'first']);
});
