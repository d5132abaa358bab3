import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RestoreRecord } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { startClients } from '../../integration/restore/clients.ts';
import { waitFor } from '../../support/events.ts';
import type { NodeProcess } from '../../support/processes.ts';
import { overlapsIn, readServerLog, tellingLog } from '../../support/serverLog.ts';
import { withParts } from '../../support/servers.ts';
import { ask, begin, ended, proofsEnded, wholeBackups } from './client.ts';
import { whatChildrenShow } from './search.ts';
import { startWholeStack, type WholeStack } from './stack.ts';

/** Whoever reads anything but one of the states that were backed up sees an incomplete one. */
const states = [400, 403];
const question = {
  count: 2,
  statement: 'select count(*)::int as memories from memories',
  check: ([row]: Record<string, unknown>[]) => states.includes(Number(row?.['memories'])),
};

/** A table whose rows are loaded no further while the file lies there. */
const held = (file: string) => `create function held() returns boolean language plpgsql as
    $$ begin while (pg_catalog.pg_stat_file('${file}', true)).size is not null loop perform pg_catalog.pg_sleep(0.05); end loop; return true; end $$;
  create table slow (i int check (public.held())); insert into slow values (1)`;

const more = `insert into memories (session_id, user_input, assistant_response)
  select (select min(id) from sessions), 'since', 'the backup' from generate_series(1, 3)`;

async function backedUp(stack: WholeStack): Promise<string> {
  const { result } = await ended(stack, await begin(stack, '/v1/backups', { database: 'sage' }));
  return (result as { backup: string }).backup;
}

/** The name of the restore that loads the slow table, other than this one. */
function loading(stack: WholeStack, but = ''): Promise<string> {
  const question = `select application_name as name from pg_stat_activity
    where application_name ~ '^sagekeep-restore/' and query like 'COPY public.slow %' and application_name <> '${but}'`;
  return waitFor(async () => (await stack.rows<{ name: string }>(question))[0]?.name, { what: 'a load' });
}

/** The worker whose tools call themselves so. */
function workerOf(name: string, workers: readonly NodeProcess[]): NodeProcess {
  const found = workers.find(({ pid }) => whatChildrenShow(pid).includes(`PGAPPNAME=${name}\0`));
  if (found === undefined) throw new Error(`no worker runs a tool of ${name}`);
  return found;
}

async function restoresOf(stack: WholeStack): Promise<RestoreRecord[]> {
  const { items } = JSON.parse((await ask(stack, '/v1/restores?database=sage')).text) as { items: object[] };
  const records = items.map((item) => RestoreRecord.parse(item));
  return records.sort((a, b) => (a.finishedAt ?? '').localeCompare(b.finishedAt ?? ''));
}

it('two workers with restores and backups of one database, one frozen in a restore beyond its lock: all end, nothing overlaps', async () => {
  await using stack = await startWholeStack({ settings: tellingLog });
  const workers = [stack.worker(), await stack.secondWorker()];
  // Where the server may look, too.
  const file = join(stack.postgres.folder, 'held');
  await stack.sql(held(file));
  const backups = [await backedUp(stack)];
  await stack.sql(more);
  backups.push(await backedUp(stack));
  await proofsEnded(stack);
  const clients = await startClients(withParts(stack.postgres.url, { dbname: 'sage_memory' }), question);

  // No backup ends before the freeze, so that the frozen one has no proof.
  stack.borders.hold('backup:publish');
  writeFileSync(file, '');
  const restores = await Promise.all(
    [0, 1, 0].map((at) =>
      begin(stack, '/v1/restores', { database: 'sage', backup: backups[at], confirm: 'sage' }),
    ),
  );
  const others = await Promise.all(
    ['a', 'b'].map((label) => begin(stack, '/v1/backups', { database: 'sage', label })),
  );
  const first = await loading(stack);
  const frozen = workerOf(first, workers);
  frozen.child.kill('SIGSTOP');
  stack.borders.hold('restore:proven');
  stack.borders.release('backup:publish');
  // What the frozen one has begun would load on beside its successor, were it not ended.
  await loading(stack, first);
  rmSync(file);
  // The other one has taken over, and has all but swapped.
  await stack.borders.reached('restore:proven');
  frozen.child.kill('SIGCONT');
  stack.borders.release('restore:proven');

  const views = await Promise.all([...restores, ...others].map((job) => ended(stack, job)));
  expect(views.map(({ state }) => state)).toEqual(views.map(() => 'completed'));
  frozen.child.kill('SIGTERM');
  expect(await frozen.finished).toEqual({ code: 0, signal: null });

  const records = await restoresOf(stack);
  const swapped = records.filter(({ state }) => state === 'swapped');
  expect(new Set(swapped.map(({ jobId }) => jobId)).size).toBe(3);
  expect(swapped).toHaveLength(3);
  // Of the frozen one; on a busy machine a job may lose its short lock once more.
  expect(records.filter(({ state }) => state === 'failed').length).toBeGreaterThanOrEqual(1);
  expect(records.map(({ state }) => state)).not.toContain('building');
  const last = swapped.at(-1);
  const live = await stack.rows<{ memories: number }>(question.statement);
  expect(live).toEqual([{ memories: states[backups.indexOf(last?.backup ?? '')] }]);
  expect((await clients.stop()).wrong).toBe(0);
  await wholeBackups(stack);

  const log = readServerLog(stack.postgres, 'sage_memory');
  expect(log.writes.length).toBeGreaterThanOrEqual(4);
  expect(log.renames.length).toBeGreaterThanOrEqual(6);
  expect(log.readings.length).toBeGreaterThanOrEqual(2 + 2 + 3);
  expect(overlapsIn(log)).toEqual([]);
});
