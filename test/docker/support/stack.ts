import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import type { Engine } from './engine.ts';

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
  /** The CLI inside the worker's container. */
  sagekeep(...args: string[]): Promise<string>;
}

/** Copies the tree as git sees it (tracked and new files, no ignored ones), builds the images and brings everything up. */
export async function startStack(engine: Engine): Promise<ComposeStack> {
  const folder = await mkdtemp(join(tmpdir(), 'sagekeep-compose-'));
  await copyTree(folder);
  const port = await freePort();
  const project = `sagekeep-test-${port}`;
  const files = ['docker-compose.yml', join(root, 'test/docker/support/closedNetwork.yml')];
  const env = { ...engine.environment, SAGEKEEP_PORT: String(port), DOCKER_SOCKET: engine.socket };
  const run = async (command: string, args: readonly string[]) =>
    (await execa(command, args, { cwd: folder, env })).stdout;
  const compose = (...args: string[]) =>
    run('docker', ['compose', '-p', project, ...files.flatMap((file) => ['-f', file]), ...args]);
  const dispose = async () => {
    await compose('down', '--volumes', '--remove-orphans', '--timeout', '5');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await compose('build', '--quiet');
    await compose('up', '--detach', '--quiet-pull');
    await compose('wait', 'first-backup');
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
    sagekeep: (...args) => compose('exec', '--no-TTY', 'worker', 'sagekeep', ...args),
    [Symbol.asyncDispose]: dispose,
  };
}

async function copyTree(folder: string): Promise<void> {
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
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
