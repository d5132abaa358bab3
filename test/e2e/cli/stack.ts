import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { temporaryFolder } from '../../support/folders.ts';
import { type NodeProcess, spawnNode } from '../../support/processes.ts';
import { sage, templates } from '../../support/provided.ts';
import {
  type PrivateTestServer,
  redisUrl,
  startPrivatePostgres,
  uniquePrefix,
  withParts,
} from '../../support/servers.ts';
import { createTemplates } from '../../support/templates.ts';

const repository = resolve(import.meta.dirname, '../../..');

/** What a command said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** API, worker, a PostgreSQL of its own with Sage's database, and a checkout in a path with a space. */
export interface Stack extends AsyncDisposable {
  readonly postgres: PrivateTestServer;
  /** The checkout: `scripts/` and `backups/` are below it. */
  readonly folder: string;
  readonly environment: Record<string, string>;
  /** Runs a line of shell as somebody who stands in the checkout would. */
  shell(line: string, options?: { env?: Record<string, string>; input?: string }): Promise<Said>;
  /** SQL against the live database, as its owner. */
  sql(text: string, dbname?: string): Promise<Record<string, unknown>[]>;
  /** Kills API and worker, as a dying machine would. */
  kill(): Promise<void>;
}

export async function startStack(): Promise<Stack> {
  const temporary = temporaryFolder();
  const folder = checkout(join(temporary.path, 'sage keep'));
  const postgres = await startPrivatePostgres({ durable: false });
  await createTemplates(postgres.url);
  await query(postgres.url, `CREATE DATABASE sage_memory TEMPLATE ${templates.sample} OWNER ${sage.role}`);
  // As in Sage's own container, where the first user is the superuser.
  await query(postgres.url, `ALTER ROLE ${sage.role} SUPERUSER`);
  const url = withParts(postgres.url, { dbname: 'sage_memory', user: sage.role, password: sage.password });
  const environment = environmentOf(folder, url);
  const processes = await startProcesses(environment);
  return {
    postgres,
    folder,
    environment,
    shell: (line, { env = {}, input = '' } = {}) =>
      shell(line, { cwd: folder, env: { ...environment, ...env }, input }),
    sql: (text, dbname = 'sage_memory') => query(withParts(url, { dbname }), text),
    kill: async () => {
      await Promise.all(processes.map((each) => each.kill('SIGKILL')));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((each) => each.kill('SIGTERM')));
      await postgres.stop();
      temporary.remove();
    },
  };
}

/** The front doors as they are, and what they lead to. */
function checkout(folder: string): string {
  mkdirSync(join(folder, 'backups'), { recursive: true });
  cpSync(join(repository, 'scripts'), join(folder, 'scripts'), { recursive: true });
  for (const name of ['node_modules', 'apps', 'config'])
    symlinkSync(join(repository, name), join(folder, name));
  return folder;
}

function environmentOf(folder: string, url: string): Record<string, string> {
  return {
    DATABASE_URL: url,
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: join(folder, 'backups'),
    SAGEKEEP_LOGS: '',
    SAGEKEEP_PORT: '0',
    SAGEKEEP_OPERATOR_TOKEN: 'operator-token-of-the-tests',
    SAGEKEEP_TOKEN: 'operator-token-of-the-tests',
    TZ: 'Asia/Shanghai',
  };
}

/** Adds the API's address to the environment once it listens. */
async function startProcesses(environment: Record<string, string>): Promise<NodeProcess[]> {
  const options = { env: { ...environment }, cwd: repository };
  const api = spawnNode(join(repository, 'apps/api/src/main.ts'), options);
  const worker = spawnNode(join(repository, 'apps/worker/src/main.ts'), options);
  const [listening] = await Promise.all([api.line(/"address":/), worker.line(/the worker is ready/)]);
  environment['SAGEKEEP_URL'] = String((JSON.parse(listening) as { address: unknown }).address);
  return [worker, api];
}

async function shell(
  line: string,
  { cwd, env, input }: { cwd: string; env: Record<string, string>; input: string },
): Promise<Said> {
  const path = `/usr/lib/postgresql/15/bin:/usr/lib/postgresql/17/bin:${process.env['PATH']}`;
  const { exitCode, stdout, stderr } = await execa('bash', ['-o', 'pipefail', '-c', line], {
    cwd,
    env: { ...env, PATH: path, HOME: cwd },
    extendEnv: false,
    input,
    reject: false,
  });
  return { code: exitCode ?? -1, out: stdout, err: stderr };
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
