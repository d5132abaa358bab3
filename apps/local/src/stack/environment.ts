import type { Environment } from './given.ts';
import type { AccessSecrets } from './secrets.ts';

export interface StackSettings {
  readonly environment: Environment;
  readonly redisUrl: string | null;
  /** A configuration file of ours; null when the user's environment says it all. */
  readonly configurationFile: string | null;
  readonly access: AccessSecrets;
}

/** What both processes get: the user's environment, with our servers where the user named none. */
export function stackEnvironment(settings: StackSettings): Record<string, string> {
  return defined({
    // Somebody waits at a terminal, and a job that is handed back loses nothing.
    SAGEKEEP_SHUTDOWN_GRACE: '2s',
    ...withoutClientDefaults(settings.environment),
    ...(settings.redisUrl === null ? {} : { REDIS_URL: settings.redisUrl }),
    ...(settings.configurationFile === null ? {} : { SAGEKEEP_CONFIG: settings.configurationFile }),
  });
}

export interface ForTheApi {
  readonly port: number;
  readonly databases: readonly string[];
}

/** The API may queue jobs and check who asks; it is not told how to reach a database. */
export function apiEnvironment(
  settings: StackSettings,
  { port, databases }: ForTheApi,
): Record<string, string> {
  const { DATABASE_URL, DATABASE_URL_FILE, ...rest } = stackEnvironment(settings);
  const alone = DATABASE_URL === undefined && DATABASE_URL_FILE === undefined ? undefined : databases[0];
  return {
    ...rest,
    ...(alone === undefined ? {} : { SAGEKEEP_DATABASE: alone }),
    SAGEKEEP_HOST: '127.0.0.1',
    SAGEKEEP_PORT: String(port),
    SAGEKEEP_OPERATOR_TOKEN: settings.access.operator,
    SAGEKEEP_VIEWER_TOKEN: settings.access.viewer,
    SAGEKEEP_BOARD_USER: boardUser,
    SAGEKEEP_BOARD_PASSWORD: settings.access.board,
  };
}

export const boardUser = 'operator';

/** PGHOST, PGOPTIONS and their like would change every connection without anybody having asked for it here. */
function withoutClientDefaults(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^PG[A-Z]/.test(name)));
}

function defined(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
