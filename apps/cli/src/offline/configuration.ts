import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@sagekeep/contracts';
import { loadConfiguration } from '@sagekeep/runtime';
import { readStack } from '../client/find.ts';
import type { World } from '../world.ts';

/**
 * The configuration of this machine, or, when nothing is configured, the local stack's database. Without the need for
 * URLs no database secret is read. Throws `CONFIGURATION_INVALID` with every fault.
 */
export async function ownConfiguration(world: World, databases: 'urls' | 'names'): Promise<Configuration> {
  const environment = await environmentWithStack(world);
  return loadConfiguration({ environment, cwd: world.root, needs: { databases } });
}

async function environmentWithStack(world: World): Promise<World['environment']> {
  const { environment, root } = world;
  const configured = ['DATABASE_URL', 'DATABASE_URL_FILE', 'SAGEKEEP_CONFIG'].some(
    (name) => environment[name],
  );
  if (configured || existsSync(join(root, 'config/sagekeep.yaml'))) return environment;
  const [first] = Object.entries((await readStack(root))?.databases ?? {});
  if (first === undefined) return environment;
  const [name, url] = first;
  return { ...environment, DATABASE_URL: url, SAGEKEEP_DATABASE: name };
}
