import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Kept between runs: an engine's images take minutes to make. */
export const cache = '/var/cache/sagekeep-test';

/** How to call the Docker client for the engine that the tests use. */
export interface Engine {
  /** `unix://…` */
  readonly host: string;
  readonly socket: string;
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

async function answers(host: string | undefined): Promise<boolean> {
  const env = host === undefined ? {} : { DOCKER_HOST: host };
  const result = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
    env,
    reject: false,
    timeout: 30_000,
  });
  return result.exitCode === 0 && result.stdout.trim() !== '';
}

/**
 * The running engine of this machine, else one of the tests' own (Debian's docker.io, started by root, data kept in
 * `cache`). Throws with what to install when neither can be had.
 */
export async function startEngine(): Promise<Engine> {
  mkdirSync(cache, { recursive: true });
  const configuration = join(cache, 'docker-config');
  await provideClient();
  await provideCompose(configuration);
  const own = `unix://${cache}/docker.sock`;
  const used = process.env['DOCKER_HOST'];
  for (const host of used === undefined ? ['unix:///var/run/docker.sock'] : [used]) {
    if (await answers(host)) return describe(host, configuration, async () => {});
  }
  if (await answers(own)) return describe(own, configuration, async () => {});
  const daemon = startDaemon(own);
  await untilItAnswers(own, daemon.exited);
  const engine = describe(own, configuration, daemon.stop);
  await removeLeftovers(engine);
  return engine;
}

/** What a killed run has left starts again with an engine that nobody else can use yet: whole stacks, labelled databases. */
async function removeLeftovers({ environment: env }: Engine): Promise<void> {
  const docker = async (...args: string[]) => (await execa('docker', args, { env })).stdout;
  const left = (await docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
  if (left.length === 0) return;
  console.log(`left by a run that was killed, and removed: ${left.length} containers`);
  await docker('rm', '--force', '--volumes', ...left);
  await docker('network', 'prune', '--force');
  await docker('volume', 'prune', '--force');
}

function describe(host: string, configuration: string, stop: () => Promise<void>): Engine {
  const environment = { DOCKER_HOST: host, DOCKER_CONFIG: configuration, DOCKER_BUILDKIT: '1' };
  return { host, socket: host.replace(/^unix:\/\//, ''), environment, stop };
}

function startDaemon(host: string): { exited: Promise<number | null>; stop: () => Promise<void> } {
  const log = openSync(join(cache, 'dockerd.log'), 'w');
  const child = spawn(
    'dockerd',
    [
      `--data-root=${cache}/docker`,
      `--exec-root=${cache}/docker-exec`,
      `--pidfile=${cache}/docker.pid`,
      '-H',
      host,
    ],
    { stdio: ['ignore', log, log] },
  );
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  return {
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Asks again and again; ends as soon as the daemon answers or dies. */
async function untilItAnswers(host: string, exited: Promise<number | null>): Promise<void> {
  let dead = false;
  exited.then(() => {
    dead = true;
  });
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (dead)
      throw new Error(`dockerd ended:\n${readFileSync(join(cache, 'dockerd.log'), 'utf8').slice(-2000)}`);
    if (await answers(host)) return;
  }
  throw new Error('dockerd did not answer within 60 s');
}

async function provideClient(): Promise<void> {
  const there = async (command: string) =>
    (await execa('which', [command], { reject: false })).exitCode === 0;
  const wanted = [
    ...((await there('dockerd')) && (await there('docker')) ? [] : ['docker.io', 'iptables']),
    ...((await there('debootstrap')) ? [] : ['debootstrap']),
  ];
  if (wanted.length === 0 || (await answers(undefined))) return;
  if (process.getuid?.() !== 0)
    throw new Error(`needs a Docker engine, or root to run: apt-get install ${wanted.join(' ')}`);
  await execa('apt-get', ['update'], { stdio: 'inherit' });
  await execa('apt-get', ['install', '-y', '--no-install-recommends', ...wanted], {
    stdio: 'inherit',
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
}

/** Compose v2 and buildx as client plugins: the machine's own, else the binaries of Debian trixie's packages. */
async function provideCompose(configuration: string): Promise<void> {
  const plugins = join(configuration, 'cli-plugins');
  mkdirSync(plugins, { recursive: true });
  for (const plugin of ['compose', 'buildx']) {
    if (
      (await execa('docker', [plugin, 'version'], { reject: false, env: { DOCKER_CONFIG: configuration } }))
        .exitCode === 0
    )
      continue;
    const inherited = [
      '/usr/libexec/docker/cli-plugins',
      '/usr/lib/docker/cli-plugins',
      '/usr/local/lib/docker/cli-plugins',
    ]
      .map((folder) => join(folder, `docker-${plugin}`))
      .find((path) => existsSync(path));
    const binary = inherited ?? (await fromTrixie(`docker-${plugin}`));
    copyFileSync(binary, join(plugins, `docker-${plugin}`));
    chmodSync(join(plugins, `docker-${plugin}`), 0o755);
  }
}

async function fromTrixie(name: string): Promise<string> {
  const folder = join(cache, 'apt');
  mkdirSync(join(folder, 'lists/partial'), { recursive: true });
  mkdirSync(join(folder, 'archives/partial'), { recursive: true });
  writeFileSync(join(folder, 'trixie.list'), `deb [signed-by=${keyring}] ${await mirror()} trixie main\n`);
  const options = [
    `Dir::Etc::sourcelist=${folder}/trixie.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${folder}/lists`,
    `Dir::Cache=${folder}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  await execa('apt-get', [...options, 'update']);
  await execa('apt-get', [...options, 'download', name], { cwd: folder });
  const { stdout } = await execa('find', [folder, '-maxdepth', '1', '-name', `${name}_*.deb`]);
  const packed = stdout.split('\n').sort().at(-1) ?? '';
  await execa('dpkg', ['-x', packed, join(folder, name)]);
  return join(folder, name, 'usr/libexec/docker/cli-plugins', name);
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The Debian mirror that this machine already uses. */
export async function mirror(): Promise<string> {
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(SITE)', 'Label: Debian']);
  const site = stdout.split('\n').find((line) => line !== '' && !line.includes('security'));
  if (site === undefined) throw new Error('no Debian mirror in the package sources');
  return site;
}
