import { type DatabaseConfig, SagekeepError } from '@sagekeep/contracts';
import { backup } from './backup/index.ts';
import { cleanup } from './cleanup/index.ts';
import { diagnose } from './diagnose/index.ts';
import type { Engine, EngineDependencies } from './engine.ts';
import { plan } from './plan/index.ts';
import { scrub } from './proof/index.ts';
import { type RestoreDependencies, restore, sweepDatabases, undo } from './restore/index.ts';
import { proveSomewhere } from './scratch/index.ts';
import { urlInside } from './server/index.ts';
import { createTools } from './tools/index.ts';
import { assertChecksExist, verify } from './verify/index.ts';

/**
 * Wires the engine. Opens no connection and starts nothing until it is asked to. Throws `CONFIGURATION_INVALID` for what
 * only the engine knows to be wrong: checks that there are not, a container that is not there to run tools in.
 */
export function createEngine(given: EngineDependencies): Engine {
  assertChecksExist(given.databases);
  const dependencies = {
    ...given,
    databases: given.databases.map((one) => reachable(one, given.dockerHost)),
  };
  const tools = createTools();
  const makeBackup: RestoreDependencies['backup'] = (payload, context, database) => {
    const databases = database === undefined ? dependencies.databases : [database];
    return backup({ ...dependencies, databases, tools }, payload, context);
  };
  const deps = { ...dependencies, tools, backup: makeBackup };
  return {
    backup: (payload, context) => backup(deps, payload, context),
    plan: (payload, context) => plan(deps, payload, context),
    restore: (payload, context) => restore(deps, payload, context),
    undo: (payload, context) => undo(deps, payload, context),
    prove: (payload, context) => proveSomewhere(deps, payload, context),
    scrub: (payload, context) => scrub(deps, payload, context),
    verify: (payload, context) => verify(deps, payload, context),
    cleanup: (payload, context, inFlight) =>
      cleanup(
        { ...deps, sweepDatabases: (options) => sweepDatabases(deps, options) },
        payload,
        context,
        inFlight,
      ),
    diagnose: () => diagnose(deps),
  };
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
