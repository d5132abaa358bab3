import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Configuration } from '@sagekeep/contracts';
import { createJobs, createLogger, type Jobs, loadConfiguration } from '@sagekeep/runtime';
import { createFolderStorage, createVault, type Storage, type Vault } from '@sagekeep/storage';
import { createApp } from '../../../apps/api/src/app.ts';
import type { Api } from '../../../apps/api/src/dependencies.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';

export const tokens = {
  operator: 'operator-token-of-the-tests',
  viewer: 'viewer-token-of-the-tests',
} as const;
export const logins = {
  operator: { user: 'ada', password: 'ada-board-password' },
  viewer: { user: 'vera', password: 'vera-board-password' },
} as const;
export const asOperator = { authorization: `Bearer ${tokens.operator}` };
export const asViewer = { authorization: `Bearer ${tokens.viewer}` };

/** The real app over the run's Redis, with a prefix and a storage folder of its own. */
export interface TestApi extends AsyncDisposable {
  readonly app: Api;
  readonly jobs: Jobs;
  readonly vault: Vault;
  readonly configuration: Configuration;
  /** Keys of the objects that the app has read. */
  readonly read: string[];
  /** Every log line so far. */
  readonly logged: string[];
  /** Moves the app's clock. */
  advance(ms: number): void;
}

/** With a `folder` that outlives it, several may follow one another over one storage. */
export async function startApi(
  given: { readonly redis?: string; readonly folder?: string } = {},
): Promise<TestApi> {
  const own = given.folder === undefined ? temporaryFolder() : null;
  const folder = own?.path ?? given.folder ?? '';
  const configuration = configure(folder, given.redis ?? redisUrl());
  const logged: string[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      logged.push(...String(chunk).trimEnd().split('\n'));
      done();
    },
  });
  const { log, close } = createLogger({ configuration, process: 'api', output });
  let skipped = 0;
  const now = () => new Date(Date.now() + skipped);
  const read: string[] = [];
  const vault = createVault({ storage: countedStorage(configuration.storage.folder, read), now });
  const jobs = createJobs(configuration, log);
  const app = await createApp({ configuration, jobs, vault, log, now, toolVersion: '0.0.0-test' });
  await waitFor(() => jobs.ready(), { what: 'Redis to be ready' });
  return {
    app,
    jobs,
    vault,
    configuration,
    read,
    logged,
    advance: (ms) => {
      skipped += ms;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await jobs.close();
      await close();
      own?.remove();
    },
  };
}

function countedStorage(folder: string, read: string[]): Storage {
  const storage = createFolderStorage({ folder });
  return {
    ...storage,
    read(key, maxBytes) {
      read.push(key);
      return storage.read(key, maxBytes);
    },
  };
}

function configure(folder: string, redis: string): Configuration {
  const access = {
    tokens: Object.entries(tokens).map(([role, token]) => ({ name: role, role, token })),
    logins: Object.entries(logins).map(([role, login]) => ({ role, ...login })),
  };
  const alerts = { channels: { desk: { kind: 'webhook', url: 'http://127.0.0.1:1/hook' } } };
  const file = join(folder, 'sagekeep.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ databases: { sage: {}, other: {} }, access, alerts }));
  const environment = {
    SAGEKEEP_CONFIG: file,
    SAGEKEEP_STORAGE: join(folder, 'backups'),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_LOGS: '',
    SAGEKEEP_LOG_LEVEL: 'debug',
    REDIS_URL: redis,
  };
  return loadConfiguration({ environment, cwd: folder, needs: { databases: 'names' } });
}
