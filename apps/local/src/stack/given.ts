import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfiguration } from '@sagekeep/runtime';
import type { Checkout } from '../checkout.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Which servers the user named; we start the others. */
export interface Given {
  readonly postgres: boolean;
  readonly redis: boolean;
}

/** A database or a Redis counts as given when the environment or the configuration file names it. */
export function whatIsGiven(environment: Environment, checkout: Checkout): Given {
  const file =
    isSet(environment, 'SAGEKEEP_CONFIG') || existsSync(join(checkout.root, 'config/sagekeep.yaml'));
  return {
    postgres: isSet(environment, 'DATABASE_URL') || isSet(environment, 'DATABASE_URL_FILE') || file,
    redis:
      isSet(environment, 'REDIS_URL') ||
      isSet(environment, 'REDIS_URL_FILE') ||
      (file && fileNamesRedis(environment, checkout)),
  };
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '') !== '';
}

/** A file without a Redis means the default address, where we would find nothing or somebody else's. */
function fileNamesRedis(environment: Environment, checkout: Checkout): boolean {
  const { redis } = loadConfiguration({ environment, cwd: checkout.root });
  return redis.url !== 'redis://127.0.0.1:6379';
}
