import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { sql } from '../../integration/restore/harness.ts';
import { isAlive } from '../../support/children.ts';
import { waitFor } from '../../support/events.ts';
import { startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import { type Stage, stageOf } from './stage.ts';

/** On a server of its own, because it is killed. */
async function privateStage(
  extra?: string,
): Promise<Stage & { server: Awaited<ReturnType<typeof startPrivatePostgres>> }> {
  const server = await startPrivatePostgres();
  await sql(server.url, 'create database live');
  const stage = await stageOf({
    url: withDatabase(server.url, 'live'),
    ...(extra === undefined ? {} : { extra }),
  });
  return Object.assign(stage, {
    server,
    [Symbol.asyncDispose]: async () => {
      await stage.clients.stop();
      stage.world[Symbol.dispose]();
      await server.stop();
    },
  });
}

async function databases(stage: Stage & { server: { url: string } }): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    stage.server.url,
    `select datname as name from pg_database where datname like 'live%' order by 1`,
  );
  return rows.map((row) => row.name);
}

/** Processes that a process has started, directly or not, whose command line holds a word. */
function descendants(pid: number, word: string): number[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]);
        return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
      } catch {
        return [];
      }
    });
  const below = (root: number): typeof processes =>
    processes.filter((entry) => entry.parent === root).flatMap((entry) => [entry, ...below(entry.pid)]);
  return below(pid)
    .filter((entry) => entry.command.includes(word))
    .map((entry) => entry.pid);
}

const phases = ['restore:data', 'restore:analyze', 'restore:before-swap', 'restore:swap-before-commit'];

describe('a PostgreSQL that is killed', () => {
  it.each(phases)(
    'at %s comes back with a complete database, and the restore is told the truth',
    async (border) => {
      await using stage = await privateStage();
      const jobId = `server-${border}`;
      await using worker = stage.attempt({ jobId, stopAt: border });
      await worker.line(new RegExp(`^at ${border}$`));
      const [backend] = await sql<{ pid: number }>(
        stage.server.url,
        `select pid from pg_stat_activity where application_name ~ '^sagekeep-restore/' limit 1`,
      );
      // One dead backend makes PostgreSQL end all of them and recover from its log.
      await using witness = await connect(parseDatabaseUrl(stage.server.url), { applicationName: 'witness' });
      process.kill(backend?.pid ?? Number.NaN, 'SIGKILL');
      await waitFor(() => witness.lost.aborted, { what: 'the crash' });
      const answers = () =>
        stage.rows().then(
          () => true,
          () => false,
        );
      await waitFor(answers, { what: 'the recovery', withinMs: 30_000 });
      await stage.clients.allAnswered();
      worker.child.kill('SIGUSR2');
      expect(await worker.line(/^(done|failed)/)).toMatch(
        /^failed (LOCK_LOST|SERVER_GONE|SERVER_UNREACHABLE)/,
      );
      expect(await stage.rows()).toBe(7);
      const { record } = await stage.again({ jobId, attempt: 2 });
      expect(record).toMatchObject({ state: 'swapped', attempt: 2 });
      expect(await stage.rows()).toBe(5);
      expect(await databases(stage)).toEqual(['live', record.before]);
      expect((await stage.clients.stop()).wrong).toBe(0);
    },
  );

  it('whole, with -9, and started again later is no different', async () => {
    await using stage = await privateStage();
    await using worker = stage.attempt({ jobId: 'postmaster', stopAt: 'restore:swap-before-commit' });
    await worker.line(/^at restore:swap-before-commit$/);
    const sessions = await sql<{ pid: number }>(
      stage.server.url,
      `select pid from pg_stat_activity where application_name ~ '^sagekeep-restore/'`,
    );
    await stage.server.signal('SIGKILL');
    // Until a backend has seen that its postmaster is gone, it would still commit.
    await waitFor(() => !sessions.some(({ pid }) => isAlive(pid)), { what: 'the last session to end' });
    worker.child.kill('SIGUSR2');
    await worker.line(/^failed/);
    await stage.server.restart();
    await stage.clients.allAnswered();
    expect(await stage.rows()).toBe(7);
    const { record } = await stage.again({ jobId: 'postmaster', attempt: 2 });
    expect(record.state).toBe('swapped');
    expect(await databases(stage)).toEqual(['live', record.before]);
  });
});

/** Loading one row takes a while. */
const slow = `
  create function slow(i int) returns boolean language plpgsql as 'begin perform pg_sleep(0.02); return true; end';
  create table waiting (i int check (public.slow(i)));
  insert into waiting select generate_series(1, 250)`;

async function loading({ server }: { server: { url: string } }): Promise<void> {
  const asked = `select from pg_stat_activity
    where datname like 'live_aside%' and query like 'COPY public.waiting %' and state = 'active'`;
  await waitFor(async () => (await sql(server.url, asked)).length > 0, {
    what: 'the slow table to be loaded',
  });
}

describe('a child that is killed', () => {
  it('ends the attempt, which says so and leaves nothing; the next one succeeds', async () => {
    await using stage = await privateStage(slow);
    await using worker = stage.attempt({ jobId: 'child' });
    await worker.line(/^at restore:pre-data$/);
    await loading(stage);
    const [child] = descendants(worker.pid, 'pg_restore');
    process.kill(child ?? Number.NaN, 'SIGKILL');
    expect(await worker.line(/^(done|failed)/)).toBe('failed TOOL_FAILED');
    await worker.finished;
    expect(await stage.rows()).toBe(7);
    expect(await databases(stage)).toEqual(['live']);
    const { items } = await stage.world.vault.records.list('restores');
    expect(items).toMatchObject([{ state: 'failed', error: expect.stringContaining('SIGKILL') }]);
    const { record } = await stage.again({ jobId: 'child', attempt: 2 });
    expect(record.state).toBe('swapped');
  });

  it('or outlives its worker is ended by the successor before it begins', async () => {
    await using stage = await privateStage(slow);
    await using worker = stage.attempt({ jobId: 'orphan' });
    await worker.line(/^at restore:pre-data$/);
    await loading(stage);
    await worker.kill('SIGKILL');
    const { record } = await stage.again({ jobId: 'orphan', attempt: 2 });
    expect(record.state).toBe('swapped');
    expect(await databases(stage)).toEqual(['live', record.before]);
  });
});
