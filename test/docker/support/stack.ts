import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { freePort } from '../../../apps/local/src/servers/ports.ts';
import { waitFor } from '../../support/events.ts';
import { isClosedNetwork } from './bases.ts';
import type { Engine } from './engine.ts';
import { type Run, rememberWhatIsThere } from './leftBehind.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A checkout of this tree under compose, with folders of its own. */
export interface ComposeStack extends AsyncDisposable {
  readonly folder: string;
  readonly project: string;
  readonly api: string;
  readonly token: string;
  /** `docker compose …`; rejects with what compose said when it fails. */
  compose(...args: string[]): Promise<string>;
  /** `docker …`, for what compose cannot ask. */
  docker(...args: string[]): Promise<string>;
  /** Any command in the checkout, with this stack's settings. */
  host(command: string, ...args: string[]): Promise<string>;
  /** The CLI inside the worker's container. */
  sagekeep(...args: string[]): Promise<string>;
  /** One SQL command in the database's container, as its owner; returns bare values. */
  sql(command: string): Promise<string>;
}

export interface StackOptions {
  /** Compose files of the checkout besides `docker-compose.yml`, or absolute paths. */
  readonly files?: readonly string[];
  /** Variables for compose, as `.env` would give them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Compose profiles. */
  readonly profiles?: readonly string[];
  /** Called with the checkout's folder before anything starts. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** Copies the tree as git sees it (tracked and new files, no ignored ones), builds the images and brings everything up. */
export async function startStack(engine: Engine, options: StackOptions = {}): Promise<ComposeStack> {
  const folder = await checkout();
  const port = await freePort();
  const project = `sagekeep-test-${port}`;
  const files = [
    'docker-compose.yml',
    ...((await isClosedNetwork(engine)) ? [join(root, 'test/docker/support/closedNetwork.yml')] : []),
    ...(options.files ?? []),
  ];
  const env = {
    ...engine.environment,
    SAGEKEEP_PORT: String(port),
    SAGEKEEP_TAG: 'test',
    SAGEKEEP_TIMEZONE: zoneWhereItIsNoon(new Date()),
    DOCKER_SOCKET: engine.socket,
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_PROFILES: (options.profiles ?? []).join(','),
    ...options.env,
  };
  const run: Run = async (command, args) => (await execa(command, args, { cwd: folder, env })).stdout;
  const compose = (...args: string[]) =>
    run('docker', ['compose', '-p', project, ...files.flatMap((file) => ['-f', file]), ...args]);
  const leftBehind = await rememberWhatIsThere(project, run);
  const dispose = async () => {
    await compose('--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5');
    for (const title of ['sagekeep-api', 'sagekeep-worker'])
      await run('docker', [
        ...['image', 'prune', '--force', '--filter', 'dangling=true'],
        ...['--filter', `label=org.opencontainers.image.title=${title}`],
      ]);
    const left = await leftBehind();
    await rm(folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  };
  try {
    await options.prepare?.(folder);
    await compose('build', '--quiet');
    await compose('up', '--detach', '--quiet-pull');
    await firstBackupEnds(project, run);
  } catch (error) {
    const logs = await compose('logs', '--no-color', '--tail', '40').catch(() => '');
    await dispose();
    throw new Error(`the stack did not come up:\n${logs}`, { cause: error });
  }
  const token = await readFile(join(folder, 'data/secrets/api/operator_token'), 'utf8');
  return {
    folder,
    project,
    api: `http://127.0.0.1:${port}`,
    token,
    compose,
    docker: (...args) => run('docker', args),
    host: (command, ...args) => run(command, args),
    sagekeep: (...args) => compose('exec', '--no-TTY', 'worker', 'sagekeep', ...args),
    sql: (command) =>
      compose('exec', '--no-TTY', 'db', 'psql', '-U', 'sage', '-d', 'sage_memory', '-qAt', '-c', command),
    [Symbol.asyncDispose]: dispose,
  };
}

/** In the night the configuration's own schedules make backups, drills and cleanups that no test expects. */
function zoneWhereItIsNoon(now: Date): string {
  const ahead = 12 - now.getUTCHours();
  // POSIX counts them westwards.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** Compose's `wait` fails when the container has ended before, and takes an end after which it is started again for the last. */
async function firstBackupEnds(project: string, run: Run): Promise<void> {
  const format = '{{.State.Status}} {{.State.ExitCode}}';
  const ended = async () => {
    const state = await run('docker', ['inspect', '--format', format, `${project}-first-backup-1`]);
    return state.startsWith('exited ') ? state.trim() : undefined;
  };
  const end = await waitFor(ended, { what: 'the first backup to end', withinMs: 300_000 });
  if (end !== 'exited 0') throw new Error(`the first backup ${end}`);
}

/** Waits until the database has no session of Sagekeep's left: none stays when no job runs. */
export async function untilNoSessions(stack: ComposeStack): Promise<void> {
  const ours = `SELECT string_agg(application_name, ', ') FROM pg_stat_activity WHERE application_name LIKE 'sagekeep%'`;
  let left = '';
  const none = async () => {
    left = (await stack.sql(ours)).trim();
    return left === '';
  };
  await waitFor(none, { what: 'every session to end', withinMs: 120_000 }).catch((cause: unknown) => {
    throw new Error(`sessions are left: ${left}`, { cause });
  });
}

/** A folder with a copy of the tree. */
export async function checkout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sagekeep-compose-'));
  const { stdout } = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      // Tracked, but deleted in the working tree.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  return folder;
}
