import { join } from 'node:path';
import { temporaryFolder } from '../../support/folders.ts';
import { type NodeProcess, spawnNode } from '../../support/processes.ts';
import { sage, templates } from '../../support/provided.ts';
import {
  administer,
  type PrivateTestServer,
  startPrivatePostgres,
  startPrivateRedis,
  withParts,
} from '../../support/servers.ts';
import { createTemplates } from '../../support/templates.ts';
import { type Borders, createBorders } from './borders.ts';

const repository = join(import.meta.dirname, '../../..');

/** Every secret that the stack is given. None of them may turn up anywhere. */
export const secrets = {
  database: 'canary/Data+base é"9%',
  redis: 'canary-Redis:7f3c',
  operator: 'canary-operator-token-51d0',
  viewer: 'canary-viewer-token-88ab',
  board: 'canary Board & password',
  session: 'canary-session-key-0123456789abcdef0123',
} as const;

/** All of Sagekeep as its own processes: PostgreSQL, Redis, API and worker, each to be killed and started again. */
export interface WholeStack extends AsyncDisposable {
  /** Has Sage's sample database as `sage_memory`, owned by `sage`, who is a superuser, as in Sage's own container. */
  readonly postgres: PrivateTestServer;
  readonly redis: PrivateTestServer;
  readonly borders: Borders;
  /** Below it: `backups/` and `logs/`. */
  readonly folder: string;
  api(): NodeProcess;
  worker(): NodeProcess;
  /** Where the API listens; another port after a restart. */
  address(): string;
  /** Every line that API and worker have written so far, also those of the dead. */
  lines(): string[];
  restartApi(): Promise<void>;
  restartWorker(): Promise<void>;
  /** One more worker beside the other. */
  secondWorker(): Promise<NodeProcess>;
  /** SQL as the superuser of the server, in the sample database. */
  sql(text: string): Promise<void>;
  /** The rows of one statement, asked in the same way. */
  rows<Row extends object>(text: string): Promise<Row[]>;
}

export interface StackOptions {
  /** Of its PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startWholeStack({ settings = {} }: StackOptions = {}): Promise<WholeStack> {
  const folder = temporaryFolder();
  const borders = createBorders(join(folder.path, 'borders'));
  const [postgres, redis] = await Promise.all([
    startPrivatePostgres({ settings }),
    startPrivateRedis({ password: secrets.redis }),
  ]);
  const superuser = withParts(postgres.url, { dbname: 'sage_memory' });
  await provideDatabase(postgres.url);
  const environment = environmentOf({ postgres, folder: folder.path, redisUrl: redis.url });
  const started: NodeProcess[] = [];
  const start = (program: string) => {
    const child = spawnNode(join(repository, `apps/${program}/src/main.ts`), {
      env: environment,
      cwd: folder.path,
    });
    started.push(child);
    return child;
  };
  const startApi = async () => {
    const child = start('api');
    const { address } = JSON.parse(await child.line(/"address":/)) as { address: string };
    return { child, address };
  };
  const startWorker = async () => {
    const child = start('worker');
    await child.line(/the worker is ready/);
    return child;
  };
  let [api, worker] = await Promise.all([startApi(), startWorker()]);
  return {
    ...{ postgres, redis, borders, folder: folder.path },
    api: () => api.child,
    worker: () => worker,
    address: () => api.address,
    lines: () => started.flatMap(({ lines }) => lines),
    restartApi: async () => {
      api = await startApi();
    },
    restartWorker: async () => {
      worker = await startWorker();
    },
    secondWorker: startWorker,
    sql: (text) => administer((client) => client.query(text), superuser),
    async rows<Row extends object>(text: string) {
      let found: Row[] = [];
      await administer(async (client) => {
        found = (await client.query<Row>(text)).rows;
      }, superuser);
      return found;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((child) => child.kill()));
      await Promise.all([postgres.stop(), redis.stop()]);
      folder.remove();
    },
  };
}

async function provideDatabase(url: string): Promise<void> {
  await createTemplates(url);
  await administer(async (client) => {
    await client.query(`create database sage_memory template ${templates.sample} owner ${sage.role}`);
    await client.query(`alter role ${sage.role} superuser password '${secrets.database}'`);
  }, url);
}

interface Parts {
  readonly postgres: PrivateTestServer;
  readonly folder: string;
  readonly redisUrl: string;
}

function environmentOf({ postgres, folder, redisUrl }: Parts): Record<string, string> {
  return {
    DATABASE_URL: withParts(postgres.url, {
      dbname: 'sage_memory',
      user: sage.role,
      password: secrets.database,
    }),
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: redisUrl,
    SAGEKEEP_STORAGE: join(folder, 'backups'),
    SAGEKEEP_LOGS: join(folder, 'logs'),
    SAGEKEEP_LOG_LEVEL: 'debug',
    SAGEKEEP_PORT: '0',
    SAGEKEEP_OPERATOR_TOKEN: secrets.operator,
    SAGEKEEP_VIEWER_TOKEN: secrets.viewer,
    SAGEKEEP_BOARD_PASSWORD: secrets.board,
    SAGEKEEP_SESSION_SECRET: secrets.session,
    SAGEKEEP_BORDERS: join(folder, 'borders'),
    SAGEKEEP_LOCK: '2s',
    SAGEKEEP_STALLED_INTERVAL: '500ms',
    SAGEKEEP_KILL_GRACE: '1s',
    SAGEKEEP_SHUTDOWN_GRACE: '1s',
    SAGEKEEP_BACKOFF_FACTOR: '0.05',
  };
}
