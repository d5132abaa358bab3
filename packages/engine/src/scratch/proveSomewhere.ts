import { type JobContext, type Proof, type ProvePayload, SagekeepError } from '@sagekeep/contracts';
import { backupToProve, prove } from '../proof/index.ts';
import type { RestoreDependencies } from '../restore/index.ts';
import { preloadedLibraries } from './preloaded.ts';
import { withAnyScratchServer } from './withScratchServer.ts';

/** What `proof.where` says for a container of the proof's own. */
const inContainer = 'container';

/** Proves a backup where its database's configuration says: on a configured server, or in a throw-away container. */
export async function proveSomewhere(
  deps: RestoreDependencies,
  payload: ProvePayload,
  context: JobContext,
): Promise<Proof> {
  const backup = await backupToProve(deps, payload);
  const config = deps.databases.find(({ name }) => name === backup.manifest.database);
  // The one that is newest now; another may be made while the container starts.
  const named = { ...payload, backup: backup.manifest.id };
  if (config?.proof.where !== inContainer) return prove(deps, named, context);
  const { dockerHost, log, now } = deps;
  if (dockerHost === null || config.container === null) {
    throw new SagekeepError('CONFIGURATION_INVALID', `${config.name} has no container to prove like.`, {
      advice: 'Name its container, and set docker.host or DOCKER_HOST.',
    });
  }
  const { roles } = backup.manifest;
  const preload = await preloadedLibraries(config.url, context);
  const options = { dockerHost, container: config.container, preload, roles, context, log, now };
  return withAnyScratchServer(options, (url) =>
    prove({ ...deps, servers: [...deps.servers, { name: inContainer, url }] }, named, context),
  );
}
