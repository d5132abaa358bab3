import { type DatabaseConfig, SagekeepError } from '@sagekeep/contracts';
import { backup } from './backup/index.ts';
import { type CleanupDependencies, cleanup } from './cleanup/index.ts';
import { diagnose } from './diagnose/index.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { plan } from './plan/index.ts';
import { scrub } from './proof/index.ts';
import { type RestoreDependencies, restore, sweepDatabases, undo } from './restore/index.ts';
import { proveSomewhere, sweepContainers } from './scratch/index.ts';
import { urlInside } from './server/index.ts';
import { createTools, type Tools } from './tools/index.ts';
import { assertChecksExist, verify } from './verify/index.ts';

/**
 * Wires the engine. Opens no connection and starts nothing until it is asked to. Throws `CONFIGURATION_INVALID` for what
 * only the engine knows to be wrong: checks that there are not, a container that is not there to run tools in.
 */
export function createEngine(given: EngineOptions): Engine {
  assertChecksExist(given.databases);
  for (const database of given.databases) reachable(database, given.dockerHost);
  const tools = createTools();
  /** A job keeps the databases that it began with. */
  const now = async () => dependenciesOf(given, tools);
  return {
    backup: async (payload, context) => backup(await now(), payload, context),
    plan: async (payload, context) => plan(await now(), payload, context),
    restore: async (payload, context) => restore(await now(), payload, context),
    undo: async (payload, context) => undo(await now(), payload, context),
    prove: async (payload, context) => proveSomewhere(await now(), payload, context),
    scrub: async (payload, context) => scrub(await now(), payload, context),
    verify: async (payload, context) => verify(await now(), payload, context),
    async cleanup(payload, context, inFlight) {
      const deps = await now();
      const sweeping: CleanupDependencies = {
        ...deps,
        sweepDatabases: (options) => sweepDatabases(deps, options),
        sweepContainers: (options) => sweepContainers(deps, options),
      };
      return cleanup(sweeping, payload, context, inFlight);
    },
    diagnose: async () => diagnose(await now()),
  };
}

async function dependenciesOf(given: EngineOptions, tools: Tools) {
  const all = (await given.known?.()) ?? given.databases;
  const dependencies = { ...given, databases: all.map((one) => reachable(one, given.dockerHost)) };
  const makeBackup: RestoreDependencies['backup'] = (payload, context, database) => {
    const databases = database === undefined ? dependencies.databases : [database];
    return backup({ ...dependencies, databases, tools }, payload, context);
  };
  return { ...dependencies, tools, backup: makeBackup };
}

/** A database whose tools run inside its container is reached through Docker, and only so. */
function reachable(database: DatabaseConfig, dockerHost: string | null): DatabaseConfig {
  const { run = 'network', container, url } = database;
  if (run === 'network' || url === null) return database;
  if (container === null || dockerHost === null) {
    throw new SagekeepError(
      'CONFIGURATION_INVALID',
      `${database.name} has run: container, but no container.`,
      {
        advice: 'Name its container, and set docker.host or DOCKER_HOST.',
      },
    );
  }
  return { ...database, url: urlInside(url, { dockerHost, container }) };
}
