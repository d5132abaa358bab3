import { resolve } from 'node:path';
import type { Configuration } from '@sagekeep/contracts';
import { readAccess } from './access.ts';
import { readAlerts } from './alerts.ts';
import { checkDatabases, checkProvenOnly } from './checkDatabases.ts';
import { type DatabaseNeed, readDatabases, readServers } from './databases.ts';
import { readSchedules } from './declaredSchedules.ts';
import { readDocker } from './docker.ts';
import { createFaults } from './faults.ts';
import { readConfigurationFile } from './file.ts';
import type { FileShape } from './shape.ts';
import {
  createSources,
  type Environment,
  fileValue,
  numberVariable,
  type Sources,
  urlVariable,
  variable,
} from './sources.ts';
import { readQueues, readRestore } from './timing.ts';

export interface LoadOptions {
  /** `process.env`, handed over by a `main.ts`. */
  readonly environment: Environment;
  /** Relative paths are meant from here. */
  readonly cwd: string;
  /** What this process must have. `databases: 'names'` (the API) never reads a database's URL. Default `urls`. */
  readonly needs?: { readonly databases?: DatabaseNeed };
}

/**
 * Reads and checks the whole configuration: environment, YAML file and the files that hold secrets.
 * Throws one `CONFIGURATION_INVALID` that names every fault with its path; no message holds a secret.
 */
export function loadConfiguration(options: LoadOptions): Configuration {
  const faults = createFaults();
  const sources = createSources({ environment: options.environment, cwd: options.cwd, faults });
  const need = options.needs?.databases ?? 'urls';
  const { file, name } = readConfigurationFile(sources);
  const docker = readDocker(sources, file);
  const databases = readDatabases(sources, file, need);
  // A file that does not parse may well have named some.
  if (databases.length === 0 && docker.labels === null && need !== 'optional' && faults.none())
    faults.add('databases', 'none is configured: set DATABASE_URL, or name one in the file');
  const servers = readServers(sources, file, need);
  checkDatabases(databases, servers, faults);
  const alerts = readAlerts(sources, file);
  checkProvenOnly(databases, alerts, faults);
  const configuration = {
    databases,
    servers,
    storage: {
      folder: resolve(
        options.cwd,
        variable(sources, 'SAGEKEEP_STORAGE') ?? file.storage?.folder ?? './backups',
      ),
    },
    redis: readRedis(sources, file),
    http: readHttp(sources, file),
    access: readAccess(sources, file),
    ...readSchedules(sources, file, { databases, found: docker.labels !== null }),
    alerts,
    logs: readLogs(sources, file),
    queues: readQueues(sources, file),
    restore: readRestore(sources, file),
    docker,
  };
  faults.end(name);
  return { ...configuration, secrets: sources.secrets.all() };
}

function readRedis(sources: Sources, file: FileShape): Configuration['redis'] {
  const named = file.redis?.url_file;
  const url =
    urlVariable(sources, 'REDIS_URL') ??
    file.redis?.url ??
    (named === undefined ? null : fileValue(sources, named, 'redis.url_file')) ??
    'redis://127.0.0.1:6379';
  sources.secrets.addUrl(url);
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    sources.faults.add('redis.url', 'is not a URL like redis://:password@host:6379/0');
  const prefix = variable(sources, 'SAGEKEEP_PREFIX') ?? file.redis?.prefix ?? 'sagekeep';
  if (!/^[A-Za-z0-9_{}-]{1,60}$/.test(prefix))
    sources.faults.add('redis.prefix', 'must be 1–60 of A-Z a-z 0-9 _ - { }');
  return { url, prefix };
}

function readHttp(sources: Sources, file: FileShape): Configuration['http'] {
  const publicUrl = variable(sources, 'SAGEKEEP_PUBLIC_URL') ?? file.http?.publicUrl ?? null;
  if (publicUrl !== null && !URL.canParse(publicUrl)) sources.faults.add('http.publicUrl', 'is not a URL');
  return {
    host: variable(sources, 'SAGEKEEP_HOST') ?? file.http?.host ?? '127.0.0.1',
    port: numberVariable(sources, 'SAGEKEEP_PORT', [0, 65_535]) ?? file.http?.port ?? 8420,
    publicUrl,
  };
}

function readLogs(sources: Sources, file: FileShape): Configuration['logs'] {
  // An empty setting is meant: it turns files off.
  const inFile = file.logs?.folder === undefined ? './data/logs/sage' : (file.logs.folder ?? '');
  const folder = sources.environment['SAGEKEEP_LOGS'] ?? inFile;
  const level = variable(sources, 'SAGEKEEP_LOG_LEVEL') ?? file.logs?.level ?? 'info';
  if (!['debug', 'info', 'warn', 'error'].includes(level))
    sources.faults.add('SAGEKEEP_LOG_LEVEL', `"${level}" is not one of debug, info, warn, error`);
  return {
    folder: folder === '' ? null : resolve(sources.cwd, folder),
    level,
    pretty: variable(sources, 'SAGEKEEP_LOG_PRETTY') === null ? process.stdout.isTTY === true : true,
  };
}
