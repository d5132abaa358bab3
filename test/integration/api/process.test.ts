import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';

const main = 'apps/api/src/main.ts';
const token = 'operator-token-of-a-process';

function environment(folder: string): Record<string, string> {
  return {
    DATABASE_URL: 'postgres://sage:canary-password@127.0.0.1:1/sage_memory',
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: folder,
    SAGEKEEP_LOGS: '',
    SAGEKEEP_PORT: '0',
    SAGEKEEP_LOG_LEVEL: 'debug',
    SAGEKEEP_OPERATOR_TOKEN: token,
  };
}

it('serves on loopback, and on SIGTERM ends open streams and itself', async () => {
  using folder = temporaryFolder();
  await using api = spawnNode(main, { env: environment(folder.path) });
  const line = await api.line(/"msg":"listening"/);
  const { address } = JSON.parse(line) as { address: string };
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = () =>
    fetch(`${address}/v1/backups`, { method: 'POST', headers, body: JSON.stringify({ database: 'sage' }) });
  let accepted = await post();
  // It listens before Redis has been met; until then it says so.
  while (accepted.status === 503) accepted = await post();
  const { links } = (await accepted.json()) as { links: { events: string } };
  const events = await fetch(address + links.events, { headers });
  let told = '';
  for await (const chunk of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    told += chunk;
    if (told.includes('event: state')) api.kill('SIGTERM');
  }
  expect(await api.finished).toMatchObject({ code: 0 });
  const timeOf = (message: string) =>
    Date.parse(JSON.parse(api.lines.find((text) => text.includes(`"msg":"${message}"`)) ?? '{}').time);
  // Well before the grace that open requests have: nothing held the close back.
  expect(timeOf('closed') - timeOf('told to stop')).toBeLessThan(5_000);
  expect(api.lines.join('\n')).not.toMatch(/canary-password|operator-token/);
});

it('says all that is wrong with its configuration, and no secret', async () => {
  using folder = temporaryFolder();
  const wrong = { ...environment(folder.path), SAGEKEEP_PORT: 'http', SAGEKEEP_LOG_LEVEL: 'loud' };
  await using api = spawnNode(main, { env: wrong });
  expect(await api.finished).toMatchObject({ code: 1 });
  const told = api.lines.join('\n');
  expect(told).toContain('SAGEKEEP_PORT');
  expect(told).toContain('SAGEKEEP_LOG_LEVEL');
  expect(told).not.toMatch(/canary-password|operator-token/);
});
