import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import type { Checkout } from '../checkout.ts';
import type { Installed, PostgresInstallation } from '../provide/installed.ts';
import { requirePostgres, requireRedis } from '../provide/provide.ts';

import { clusterMajor } from '../servers/cluster.ts';
import { type PrivateServer, startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { ServerSecrets } from './secrets.ts';
import type { Part } from './supervise.ts';

export interface ServersOptions {
  readonly checkout: Checkout;
  readonly installed: Installed;
  readonly secrets: ServerSecrets;
}

/** The private PostgreSQL; started again it keeps its port. */
export function postgresPart({ checkout, installed, secrets }: ServersOptions): Part<PrivateServer> {
  const folder = join(checkout.local, 'postgresql');
  return onOnePort('postgresql', (port) =>
    startPostgres({
      folder,
      installation: installationFor(folder, installed),
      password: secrets.postgres,
      log: logFile(checkout, 'postgresql'),
      ...port,
    }),
  );
}

export function redisPart({ checkout, installed, secrets }: ServersOptions): Part<PrivateServer> {
  return onOnePort('redis', (port) =>
    startRedis({
      folder: join(checkout.local, 'redis'),
      program: requireRedis(installed),
      password: secrets.redis,
      log: logFile(checkout, 'redis'),
      ...port,
    }),
  );
}

/** Where the output of a part goes. */
export function logFile(checkout: Checkout, part: string): string {
  const folder = join(checkout.local, 'logs');
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return join(folder, `${part}.log`);
}

function onOnePort(
  name: string,
  start: (port: { port?: number }) => Promise<PrivateServer>,
): Part<PrivateServer> {
  let port: number | undefined;
  return {
    name,
    async start() {
      const server = await start(port === undefined ? {} : { port });
      port = server.port;
      return server;
    },
  };
}

/** Data belongs to one major version: the server that wrote it is looked for first. */
function installationFor(folder: string, installed: Installed): PostgresInstallation {
  const major = clusterMajor(folder);
  const found = installed.postgres.find(
    (installation) => installation.major === major && installation.vector,
  );
  if (major === undefined) return requirePostgres(installed);
  if (found !== undefined) return found;
  throw new SagekeepError(
    'VERSION_MISMATCH',
    `The data in ${folder} is PostgreSQL ${major}’s, which is not here.`,
    {
      advice: `Install PostgreSQL ${major} with pgvector, or delete data/local to begin with new sample data.`,
    },
  );
}
