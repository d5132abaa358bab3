import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { runTool, startTool, type ToolRun } from '../../../packages/engine/src/tools/index.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase, createRole, withParts } from '../../support/servers.ts';
import { common, toolsFor } from '../backup/reading.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function psql(url: string, changes: Partial<ToolRun> = {}): Promise<ToolRun> {
  const { psql: file } = await toolsFor(url);
  return { ...common, file, args: ['-XAtc', 'select 1'], connection: parseDatabaseUrl(url), ...changes };
}

/** A login whose password has every character that a password file or a URL could stumble over. */
async function loginWith(password: string) {
  const role = await createRole();
  await administer((client) =>
    client.query(`alter role ${role.name} password '${password.replaceAll("'", "''")}'`),
  );
  return role;
}

describe('a tool at work', () => {
  it('logs in with any password, which is neither in its arguments nor in its environment', async () => {
    const password = `c4n:ary\\ "q'ü😀`;
    await using role = await loginWith(password);
    await using database = await createDatabase();
    const url = withParts(database.url, { user: role.name, password });
    const run = await psql(database.url, {
      connection: parseDatabaseUrl(url),
      args: ['-Xc', 'select pg_sleep(600)'],
    });
    const controller = new AbortController();
    const tool = await startTool({ ...run, signal: controller.signal });
    tool.stdout.resume();
    tool.stdin.end();

    await administer(async (client) => {
      const ask = `select from pg_stat_activity where usename = $1 and query like '%pg_sleep%'`;
      await waitFor(async () => (await client.query(ask, [role.name])).rows.length === 1);
    });
    for (const what of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${tool.pid}/${what}`, 'utf8')).not.toContain('c4n');
    }
    const environment = readFileSync(`/proc/${tool.pid}/environ`, 'utf8');
    const passFile = /PGPASSFILE=([^\0]*)/.exec(environment)?.[1] ?? '';
    expect(statSync(passFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(passFile, '..')).mode & 0o777).toBe(0o700);
    expect(environment).not.toContain('HOME=');

    controller.abort(new Error('enough'));
    await expect(tool.done).rejects.toThrow('enough');
    expect(() => statSync(passFile)).toThrow('ENOENT');
  });

  it('finds a database whose name looks like a connection string', async () => {
    const name = `dbname=postgres host='nowhere' "😀\n%41 ${process.pid}`;
    await using database = await createDatabase({ name });
    expect(parseDatabaseUrl(database.url).dbname).toBe(name);
    const output = await runTool(await psql(database.url, { args: ['-XAtc', 'select current_database()'] }));
    expect(output).toBe(`${name}\n`);
    await using session = await connect(parseDatabaseUrl(database.url), common);
    expect(await session.query('select current_database() as name')).toEqual([{ name }]);
  });

  it('is given settings as they are', async () => {
    await using database = await createDatabase();
    const settings = { 'my.value': 'a  b, "c\\d', TimeZone: 'Asia/Shanghai' };
    const args = ['-XAtc', `select current_setting('my.value'), current_setting('TimeZone')`];
    expect(await runTool(await psql(database.url, { settings, args }))).toBe('a  b, "c\\d|Asia/Shanghai\n');
  });

  it('fails in its own words, without the secret, and leaves no password file', async () => {
    await using database = await createDatabase();
    // A temporary folder of its own: other tests keep their password files in the system's at the same moment.
    using folder = temporaryFolder();
    vi.stubEnv('TMPDIR', folder.path);
    const connection = { ...parseDatabaseUrl(database.url), password: 'c4nary' };
    const failure: unknown = await runTool(await psql(database.url, { connection })).catch((error) => error);
    expect(failure).toMatchObject({ code: 'AUTHENTICATION_FAILED', retryable: false });
    expect((failure as Error).message).toContain('password authentication failed');
    expect((failure as Error).message).not.toContain('c4nary');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('that ignores SIGTERM is killed after the grace', async () => {
    const controller = new AbortController();
    const tool = await startTool({
      file: '/bin/sh',
      args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'],
      signal: controller.signal,
      killGraceMs: 100,
    });
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    tool.stdout.on('data', () => resolve());
    await ready;
    controller.abort(new Error('enough'));
    await expect(tool.done).rejects.toThrow('enough');
    expect(() => process.kill(tool.pid ?? 0, 0)).toThrow('ESRCH');
  });

  it('that had ended well before an abort is told by its reason, and waits for no reader', async () => {
    const controller = new AbortController();
    const much = 'head -c 150000 /dev/zero';
    const run = { file: '/bin/sh', args: ['-c', much], signal: controller.signal, killGraceMs: 100 };
    const tool = await startTool(run);
    // Its output is in our hands, unread.
    await waitFor(() => !existsSync(`/proc/${tool.pid}`), { what: 'the tool to end' });
    controller.abort(new Error('enough'));
    await expect(tool.done).rejects.toThrow('enough');
  });

  it('whose child lives on with its stderr counts as ended after the grace', async () => {
    const controller = new AbortController();
    const run = ['-c', 'sleep 600 >/dev/null & echo $!; exec sleep 600'];
    const tool = await startTool({ file: '/bin/sh', args: run, signal: controller.signal, killGraceMs: 100 });
    const { promise: child, resolve } = Promise.withResolvers<number>();
    tool.stdout.on('data', (chunk: Buffer) => resolve(Number(chunk)));
    const pid = await child;
    controller.abort(new Error('enough'));
    try {
      await expect(tool.done).rejects.toThrow('enough');
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  it('that is not there is told as such', async () => {
    const run = { file: '/nowhere/pg_dump', args: [], signal: common.signal, killGraceMs: 100 };
    await expect(runTool(run)).rejects.toMatchObject({ code: 'TOOLS_MISSING' });
  });
});

describe('a session', () => {
  it('tells when the server ends it', async () => {
    await using database = await createDatabase();
    await using session = await connect(parseDatabaseUrl(database.url), common);
    const lost = new Promise((resolve) => session.lost.addEventListener('abort', resolve));
    await administer((client) => client.query('select pg_terminate_backend($1)', [session.pid]));
    await lost;
    expect(session.lost.reason).toMatchObject({ code: 'SERVER_GONE', retryable: true });
    await expect(session.query('select 1')).rejects.toMatchObject({ code: 'SERVER_GONE' });
  });

  it('rejects what is running with the reason of an abort', async () => {
    await using database = await createDatabase();
    const controller = new AbortController();
    const session = await connect(parseDatabaseUrl(database.url), { ...common, signal: controller.signal });
    const running = session.query('select pg_sleep(600)');
    running.catch(() => undefined);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await session.close();
  });

  it('is let go of though the server is frozen', async () => {
    await using database = await createDatabase();
    const session = await connect(parseDatabaseUrl(database.url), common);
    process.kill(session.pid, 'SIGSTOP');
    try {
      await session.close();
    } finally {
      process.kill(session.pid, 'SIGCONT');
    }
  });

  it('closed by us is not lost', async () => {
    await using database = await createDatabase();
    const session = await connect(parseDatabaseUrl(database.url), common);
    await session.close();
    expect(session.lost.aborted).toBe(false);
  });
});
