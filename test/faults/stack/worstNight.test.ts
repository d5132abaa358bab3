import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RestoreRecord } from '@sagekeep/contracts';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withParts } from '../../support/servers.ts';
import { ask, begin, ended, proofsEnded } from './client.ts';
import { startWholeStack, type WholeStack } from './stack.ts';

const cli = join(import.meta.dirname, '../../../apps/cli/src/main.ts');

let stack: WholeStack;
beforeAll(async () => {
  stack = await startWholeStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

/** `sagekeep …` on the machine of the backups, with nothing but them and an empty server. */
async function sagekeep(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [cli, ...args], {
    cwd: stack.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: withParts(stack.postgres.url, { dbname: 'sage_memory' }),
      SAGEKEEP_DATABASE: 'sage',
      SAGEKEEP_STORAGE: join(stack.folder, 'backups'),
    },
    extendEnv: false,
    reject: false,
  });
  return { exitCode, said: `${stdout}\n${stderr}` };
}

async function backUp(): Promise<string> {
  const view = await ended(stack, await begin(stack, '/v1/backups', { database: 'sage' }));
  await proofsEnded(stack);
  return (view.result as { backup: string }).backup;
}

const killAll = () =>
  Promise.all([
    stack.api().kill('SIGKILL'),
    stack.worker().kill('SIGKILL'),
    stack.redis.signal('SIGKILL'),
    stack.postgres.signal('SIGKILL'),
  ]);

it('with API, worker and Redis killed and the data folder emptied, one command brings the proven backup back', async () => {
  const backup = await backUp();
  // Not proven any more: it is not what comes back.
  await stack.sql('delete from memories');
  stack.borders.hold('prove:decode');
  await begin(stack, '/v1/backups', { database: 'sage', label: 'never proven' });
  await stack.borders.reached('prove:decode');
  await killAll();
  // Children of the server may still write for a moment.
  rmSync(join(stack.postgres.folder, 'postgresql'), { recursive: true, maxRetries: 20 });
  await stack.postgres.restart();
  expect(await stack.rows('select 1').catch((error: { code: string }) => error.code)).toBe('3D000');

  const { exitCode, said } = await sagekeep('restore', 'sage', 'latest', '-f', '--create-roles', '--offline');
  expect(exitCode, said).toBe(0);
  expect(said).toMatch(/^Restored; proven/m);
  expect(said).toContain('none: there was nothing live to replace');
  expect(await stack.rows('select count(*)::int as memories from memories')).toEqual([{ memories: 400 }]);

  await stack.redis.restart();
  stack.borders.release('prove:decode');
  await Promise.all([stack.restartApi(), stack.restartWorker()]);
  const { items } = JSON.parse((await ask(stack, '/v1/restores')).text) as { items: unknown[] };
  const [record] = items.map((item) => RestoreRecord.parse(item));
  expect(record).toMatchObject({ state: 'swapped', backup, safetyBackup: null, proof: { result: 'proven' } });
  const report = await ask(stack, `/v1/reports/${record?.jobId}`);
  expect(report.text).toContain('nothing to save');
  // The worker logs in as the role of old, with its password of old.
  const made = await ended(stack, await begin(stack, '/v1/backups', { database: 'sage' }));
  expect(made).toMatchObject({ state: 'completed', error: null });
});
