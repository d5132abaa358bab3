import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Connection,
  connect,
  parseDatabaseUrl,
  urlInside,
} from '../../packages/engine/src/server/index.ts';
import { runTool, startTool, type ToolRun } from '../../packages/engine/src/tools/index.ts';
import { waitFor } from '../support/events.ts';
import { temporaryFolder } from '../support/folders.ts';
import { provideBases } from './support/bases.ts';
import { type DatabaseContainer, startDatabase } from './support/database.ts';
import { type Engine, startEngine } from './support/engine.ts';

let engine: Engine;
let database: DatabaseContainer;
/** Others on this machine keep theirs in the system's. */
const temporary = temporaryFolder();

beforeAll(async () => {
  vi.stubEnv('TMPDIR', temporary.path);
  engine = await startEngine();
  await provideBases(engine);
  database = await startDatabase(engine);
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await engine?.stop();
  vi.unstubAllEnvs();
  temporary.remove();
});

const connections = {
  network: (): Connection => parseDatabaseUrl(database.url),
  container: (): Connection =>
    parseDatabaseUrl(urlInside(database.urlInside, { dockerHost: engine.host, container: database.name })),
};

/** One statement by the server's own client, inside. */
function ask(statement: string): Promise<string> {
  return database.shell(`psql -U sage -d sage_memory -XAtc "${statement}"`);
}

interface Line extends AsyncDisposable {
  readonly host: string;
  /** Cuts what is connected now; new connections pass. */
  cut(): void;
}

/** A way to Docker that can be cut. */
async function startLine(dockerHost: string): Promise<Line> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(dockerHost.replace(/^unix:\/\//, ''));
    for (const socket of [near, far]) open.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  const host = join(temporary.path, 'line.sock');
  await once(server.listen(host), 'listening');
  const cut = () => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  return {
    host,
    cut,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}

const sleeping = "from pg_stat_activity where query like '%pg_sleep(600)' and pid <> pg_backend_pid()";

/** Our temporary folders here and inside, with password files or sockets. */
async function leftovers(): Promise<string[]> {
  const inside = await database.shell('ls -d /tmp/tmp.* 2>/dev/null; true');
  // The engine writes what an exec is to run into the same folder, for health checks too.
  const here = readdirSync(temporary.path).filter((name) => !name.startsWith('runc-process'));
  return [...here, ...inside.split('\n').filter((name) => name !== '')];
}

describe.each(['network', 'container'] as const)('run: %s', (where) => {
  function psql(command: string, changes: Partial<ToolRun> = {}): ToolRun {
    return {
      file: 'psql',
      args: ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', command],
      connection: connections[where](),
      applicationName: 'sagekeep contract',
      signal: new AbortController().signal,
      killGraceMs: 2_000,
      ...changes,
    };
  }
  const sessions = async () => Number(await ask(`select count(*) ${sleeping}`));

  it('a tool is given its settings, its name and its password, and leaves nothing', async () => {
    const before = await leftovers();
    const settings = { 'my.value': 'a  b, "c\\d', TimeZone: 'Asia/Shanghai' };
    const ask = `select current_setting('my.value'), current_setting('TimeZone'), current_setting('application_name')`;
    expect(await runTool(psql(ask, { settings }))).toBe('a  b, "c\\d|Asia/Shanghai|sagekeep contract\n');
    expect((await leftovers()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it('a wrong password is told in its own words, without the secret', async () => {
    const connection = { ...connections[where](), password: 'c4nary' };
    const failure: unknown = await runTool(psql('select 1', { connection })).catch((error) => error);
    expect(failure).toMatchObject({ code: 'AUTHENTICATION_FAILED', retryable: false });
    expect((failure as Error).message).not.toContain('c4nary');
  });

  it('a tool that fails half-way is no success, though its output has ended well', async () => {
    const run = psql('', { args: ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', '-'] });
    const input = 'select repeat($$x$$, 1000) from generate_series(1, 1000);\nselect 1/0;\n';
    await expect(runTool({ ...run, input })).rejects.toThrow(/exit code 3.*division by zero/s);
  });

  it('what goes in by stdin is all there, to its last byte', async () => {
    const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index} 会话\n`).join('');
    const copy = `create temp table t (x text);\ncopy t from stdin;\n${lines}\\.\nselect count(*), md5(string_agg(x, '' order by x collate "C")) from t;\n`;
    const run = psql('', { args: ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', '-'] });
    expect(await runTool({ ...run, input: copy })).toMatch(/^200000\|[0-9a-f]{32}\n$/);
  });

  it('a reader who does not read holds the server back, and gets every byte when he does', async () => {
    const rows = 256 * 1024;
    const copy = `copy (select repeat('x', 1023) from generate_series(1, ${rows})) to stdout`;
    const tool = await startTool(psql(copy));
    tool.stdin.end();
    const waits = `select wait_event from pg_stat_activity where query like 'copy (select repeat%'`;
    const waiting = async () => (await ask(waits)).trim() === 'ClientWrite';
    await waitFor(waiting, { what: 'the server to wait for its client' });
    let bytes = 0;
    for await (const chunk of tool.stdout as AsyncIterable<Buffer>) bytes += chunk.length;
    await tool.done;
    expect(bytes).toBe(rows * 1024);
  });

  it('an abort ends it on the server, too', async () => {
    const controller = new AbortController();
    // Without this a backend does not notice that its client is gone, wherever that was.
    const settings = { client_connection_check_interval: '200ms' };
    const tool = await startTool(psql('select pg_sleep(600)', { settings, signal: controller.signal }));
    tool.stdin.end();
    tool.stdout.resume();
    await waitFor(async () => (await sessions()) === 1, { what: 'the statement to run' });
    controller.abort(new Error('enough'));
    await expect(tool.done).rejects.toThrow('enough');
    await waitFor(async () => (await sessions()) === 0, { what: 'the session to end' });
  });

  it('a tool that is killed from outside failed, and may be tried again', async () => {
    const tool = await startTool(psql('select pg_sleep(600)'));
    tool.stdin.end();
    tool.stdout.resume();
    await waitFor(async () => (await sessions()) === 1, { what: 'the statement to run' });
    await ask(`select pg_terminate_backend(pid) ${sleeping}`);
    await expect(tool.done).rejects.toMatchObject({ retryable: true });
  });

  it('a session holds what it locks until it is closed, and is told when it is lost', async () => {
    const before = await leftovers();
    const options = { applicationName: 'sagekeep session' };
    const session = await connect(connections[where](), options);
    await session.query('select pg_advisory_lock(42)');
    const other = await connect(connections[where](), options);
    const free = () => other.query<{ free: boolean }>('select pg_try_advisory_lock(42) as free');
    expect(await free()).toEqual([{ free: false }]);
    await session.close();
    await waitFor(async () => (await free())[0]?.free, { what: 'the lock to be free' });
    const lost = once(other.lost, 'abort');
    await ask(`select pg_terminate_backend(${other.pid})`);
    await lost;
    expect(other.lost.reason).toMatchObject({ code: 'SERVER_GONE', retryable: true });
    await other.close();
    expect((await leftovers()).filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe('only inside a container', () => {
  const run = (changes: Partial<ToolRun> = {}): ToolRun => ({
    file: 'psql',
    args: ['-XqAtc', 'select 1'],
    connection: connections.container(),
    signal: new AbortController().signal,
    killGraceMs: 1_000,
    ...changes,
  });

  it('a tool that is not there is told as such, and is never taken for output', async () => {
    await expect(runTool(run({ file: 'pg_no_such_tool' }))).rejects.toMatchObject({ code: 'TOOLS_MISSING' });
  });

  it('a container that is not there is named', async () => {
    const inside = { dockerHost: engine.host, container: 'no-such-container' };
    const connection = { ...connections.container(), inside };
    await expect(runTool(run({ connection }))).rejects.toMatchObject({
      code: 'CONTAINER_NOT_RUNNING',
      message: expect.stringContaining('no-such-container'),
    });
  });

  it('a tool whose stream is cut off failed, and is ended inside', async () => {
    await using line = await startLine(engine.host);
    const inside = { dockerHost: line.host, container: database.name };
    // Without this a backend does not notice that its client is gone.
    const settings = { client_connection_check_interval: '200ms' };
    const args = ['-Xc', 'select pg_sleep(600)'];
    const tool = await startTool(run({ args, settings, connection: { ...connections.container(), inside } }));
    tool.stdin.end();
    tool.stdout.on('error', () => undefined).resume();
    const sessions = async () => Number(await ask(`select count(*) ${sleeping}`));
    await waitFor(async () => (await sessions()) === 1, { what: 'the statement to run' });
    line.cut();
    await expect(tool.done).rejects.toMatchObject({ code: 'TOOL_FAILED', retryable: true });
    await waitFor(async () => (await sessions()) === 0, { what: 'the session to end' });
  });

  it('the password is neither in the arguments nor in the environment of anything inside', async () => {
    const tool = await startTool(run({ args: ['-Xc', 'select pg_sleep(600)'] }));
    const runs = async () => Number(await ask(`select count(*) ${sleeping}`)) === 1;
    await waitFor(runs, { what: 'the statement to run' });
    const seen = await database.shell("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'");
    const others = seen.split('\n').filter((line) => !line.startsWith('POSTGRES_PASSWORD='));
    expect(others.filter((line) => line.includes(database.password))).toEqual([]);
    await ask(`select pg_terminate_backend(pid) ${sleeping}`);
    tool.stdout.resume();
    await expect(tool.done).rejects.toMatchObject({ retryable: true });
  });
});

it('a server that does not listen inside is told in the container’s own words', async () => {
  const inside = { dockerHost: engine.host, container: database.name };
  const connection = parseDatabaseUrl(urlInside('postgresql://sage:secret@127.0.0.1:1/sage_memory', inside));
  await expect(connect(connection, { applicationName: 'sagekeep relay' })).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: expect.stringMatching(/inside .*Connection refused/s),
  });
});
