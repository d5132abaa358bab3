import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@sagekeep/contracts';
import { loadConfiguration } from '@sagekeep/runtime';
import { readStack } from '../client/find.ts';
import type { World } from '../world.ts';

/**
 * The configuration of this machine, or, when nothing is configured, the local stack's database and Redis. With `names`
 * no database secret is read, and none has to be configured. Throws `CONFIGURATION_INVALID` with every fault.
 */
export async function ownConfiguration(world: World, databases: 'urls' | 'names'): Promise<Configuration> {
  const { root: cwd, environment } = world;
  if (isConfigured(world)) return loadConfiguration({ environment, cwd, needs: { databases } });
  const stack = await readStack(cwd);
  const [first] = Object.entries(stack?.databases ?? {});
  if (stack === null || first === undefined) {
    const need = databases === 'names' ? 'optional' : 'urls';
    return loadConfiguration({ environment, cwd, needs: { databases: need } });
  }
  const [name, url] = first;
  const local = {
    DATABASE_URL: url,
    SAGEKEEP_DATABASE: name,
    REDIS_URL: environment['REDIS_URL'] || stack.redis,
  };
  return loadConfiguration({ environment: { ...environment, ...local }, cwd, needs: { databases } });
}

function isConfigured({ environment, root }: World): boolean {
  const named = ['DATABASE_URL', 'DATABASE_URL_FILE', 'SAGEKEEP_CONFIG'].some((name) => environment[name]);
  return named || existsSync(join(root, 'config/sagekeep.yaml'));
}
