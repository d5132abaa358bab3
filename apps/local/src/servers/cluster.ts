import { chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import { execa } from 'execa';
import type { PostgresInstallation } from '../provide/installed.ts';
import type { Identity } from './identity.ts';

export interface ClusterOptions {
  /** A folder that `identity` owns; the cluster is `data` in it. */
  readonly place: string;
  readonly installation: PostgresInstallation;
  readonly identity: Identity;
  readonly password: string;
}

/** The folder of the cluster, created when there is none: UTF-8, C.UTF-8, SCRAM, superuser `postgres`. */
export async function ensureCluster(options: ClusterOptions): Promise<string> {
  const data = join(options.place, 'data');
  if (existsSync(join(data, 'PG_VERSION'))) return data;
  const unfinished = join(options.place, 'data.new');
  rmSync(unfinished, { recursive: true, force: true });
  await initialise(unfinished, options);
  // A cluster is there or not: one that was cut off never gets its name.
  renameSync(unfinished, data);
  return data;
}

/** Major version of the cluster in a place; undefined when there is none yet. */
export function clusterMajor(place: string): number | undefined {
  const file = join(place, 'data/PG_VERSION');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : undefined;
}

async function initialise(data: string, options: ClusterOptions): Promise<void> {
  const secret = mkdtempSync(join(tmpdir(), 'sagekeep-'));
  try {
    const passwordFile = join(secret, 'password');
    writeFileSync(passwordFile, options.password, { mode: 0o600 });
    if (options.identity.foreign) {
      chownSync(secret, options.identity.uid, options.identity.gid);
      chownSync(passwordFile, options.identity.uid, options.identity.gid);
    }
    const [program, ...args] = initdb(data, passwordFile, options);
    await execa(program, args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, extendEnv: false, cwd: '/' });
  } catch (cause) {
    throw new SagekeepError('TOOL_FAILED', `initdb could not create ${data}: ${lastLine(cause)}`, {
      advice: 'See that the disk has room and the folder is writable.',
      cause,
    });
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
}

function initdb(data: string, passwordFile: string, options: ClusterOptions): [string, ...string[]] {
  const { identity, installation } = options;
  const command = [
    join(installation.bin, 'initdb'),
    ...['--pgdata', data, '--pwfile', passwordFile, '--username', 'postgres', '--encoding', 'UTF8'],
    ...['--locale', 'C.UTF-8', '--auth', 'scram-sha-256', '--no-sync', '--no-instructions'],
  ];
  if (!identity.foreign) return command as [string, ...string[]];
  return [
    'setpriv',
    `--reuid=${identity.uid}`,
    `--regid=${identity.gid}`,
    '--clear-groups',
    '--',
    ...command,
  ];
}

function lastLine(cause: unknown): string {
  const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
  return text.trim().split('\n').at(-1) ?? '';
}
