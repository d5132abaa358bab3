import { mkdirSync } from 'node:fs';
import type { Stack } from '@sagekeep/contracts';
import { loadConfiguration } from '@sagekeep/runtime';
import type { Checkout } from '../checkout.ts';
import { provide } from '../provide/provide.ts';
import { writeSampleConfiguration } from './configurationFile.ts';
import { apiEnvironment, boardUser, type StackSettings, stackEnvironment } from './environment.ts';
import { type Environment, type Given, whatIsGiven } from './given.ts';
import { majorsOfGiven } from './majors.ts';
import { apiPart, workerPart } from './processes.ts';
import { ensureSampleDatabase } from './sampleDatabase.ts';
import { accessSecrets, serverSecrets } from './secrets.ts';
import { postgresPart, redisPart } from './servers.ts';
import { writeStackFile } from './stackFile.ts';
import type { Supervisor } from './supervise.ts';

export interface StartOptions {
  readonly checkout: Checkout;
  readonly environment: Environment;
  readonly say: (line: string) => void;
  /** Aborted when people want to stop, also half-way. */
  readonly signal: AbortSignal;
}

/** A stack that answers. */
export interface LocalStack {
  readonly stack: Stack;
  /** Names of the configured databases, the first one first. */
  readonly databases: readonly string[];
  /** Where the backups go. */
  readonly folder: string;
  /** Whether the database is the sample: nobody else's data. */
  readonly sample: boolean;
}

/** Starts everything in order under the given supervisor and writes `data/run/stack.json`. */
export async function startStack(options: StartOptions, supervisor: Supervisor): Promise<LocalStack> {
  const { checkout, environment } = options;
  const given = whatIsGiven(environment, checkout);
  const servers = await startServers(options, { given, supervisor });
  const settings: StackSettings = { environment, ...servers, access: accessSecrets() };
  const forBoth = stackEnvironment(settings);
  const configuration = loadConfiguration({ environment: forBoth, cwd: checkout.root });
  const databases = configuration.databases.map((database) => database.name);
  options.signal.throwIfAborted();
  const { url } = await supervisor.run(
    apiPart({
      checkout,
      environment: (port) => apiEnvironment(settings, { port, databases }),
      port: wishedPort(environment),
      token: settings.access.operator,
    }),
  );
  options.signal.throwIfAborted();
  await supervisor.run(workerPart({ checkout, environment: forBoth }));
  const stack = describe({ settings, url, supervisor });
  const urls = configuration.databases.flatMap((database) =>
    database.url === null ? [] : [[database.name, database.url] as const],
  );
  const whole = { ...stack, redis: configuration.redis.url, databases: Object.fromEntries(urls) };
  writeStackFile(checkout, whole);
  return { stack: whole, databases, folder: configuration.storage.folder, sample: !given.postgres };
}

function wishedPort(environment: Environment): number | undefined {
  const wished = environment['SAGEKEEP_PORT'] ?? '';
  return wished === '' ? undefined : Number(wished);
}

interface Servers {
  readonly redisUrl: string | null;
  readonly configurationFile: string | null;
}

async function startServers(
  { checkout, environment, say, signal }: StartOptions,
  { given, supervisor }: { given: Given; supervisor: Supervisor },
): Promise<Servers> {
  const tools = given.postgres ? await majorsOfGiven({ checkout, environment, say }) : [];
  const wanted = { postgres: !given.postgres, tools, redis: !given.redis, chromium: false };
  const installed = await provide({ path: environment['PATH'] ?? '', wanted, say });
  // The server's own user has to pass through it; what is in it guards itself.
  mkdirSync(checkout.local, { recursive: true, mode: 0o711 });
  const own = { checkout, installed, secrets: serverSecrets(checkout) };
  let configurationFile: string | null = null;
  if (!given.postgres) {
    signal.throwIfAborted();
    const { url, port } = await supervisor.run(postgresPart(own));
    say(`PostgreSQL of our own on 127.0.0.1:${port}, data in data/local/postgresql`);
    const database = await ensureSampleDatabase({ checkout, server: url, password: own.secrets.sage, say });
    configurationFile = writeSampleConfiguration(checkout, database);
  }
  if (given.redis) return { redisUrl: null, configurationFile };
  signal.throwIfAborted();
  const redis = await supervisor.run(redisPart(own));
  say(`Redis of our own on 127.0.0.1:${redis.port}, data in data/local/redis`);
  return { redisUrl: redis.url, configurationFile };
}

function describe(about: {
  settings: StackSettings;
  url: string;
  supervisor: Supervisor;
}): Omit<Stack, 'redis' | 'databases'> {
  const { access } = about.settings;
  return {
    api: about.url,
    tokens: { viewer: access.viewer, operator: access.operator },
    board: { url: `${about.url}/board`, user: boardUser, password: access.board },
    pids: about.supervisor.pids(),
  };
}
