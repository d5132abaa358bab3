import type { Configuration } from '@sagekeep/contracts';
import { createEngine, type Engine } from '@sagekeep/engine';
import { createFolderStorage, createVault, type Vault } from '@sagekeep/storage';
import manifest from '../../package.json' with { type: 'json' };
import type { World } from '../world.ts';
import { createQuietLog } from './log.ts';

/** The storage that the configuration names, with its meaning. */
export function openVault(world: World, configuration: Configuration): Vault {
  return createVault({ storage: createFolderStorage(configuration.storage), now: world.now });
}

/** The engine as the worker has it, but saying its warnings to this terminal. */
export function openEngine(
  world: World,
  { configuration, note }: { configuration: Configuration; note: (line: string) => void },
): Engine {
  return createEngine({
    vault: openVault(world, configuration),
    databases: configuration.databases,
    servers: configuration.servers,
    log: createQuietLog(note),
    killGraceMs: configuration.queues.killGraceMs,
    restorePatienceMs: configuration.restore.patienceMs,
    dockerHost: configuration.docker.host,
    toolVersion: manifest.version,
    now: world.now,
  });
}
