import { type DatabaseConfig, isSagekeepError } from '@sagekeep/contracts';
import { assertContainerRunning } from '../docker/index.ts';
import type { RestoreDependencies } from './dependencies.ts';

export interface Place {
  readonly database: DatabaseConfig;
  /** `own`, or another configured server, of whose container nothing is known. */
  readonly server: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a session. When that fails and the database's container is why (stopped, unhealthy, out of memory), throws
 * `CONTAINER_NOT_RUNNING` instead of what the connection says. Unlike a backup's preflight it asks only then: a server
 * that answers must not be kept from a restore by a health check that fails for want of the very data.
 */
export async function namingContainer<Opened>(
  deps: Pick<RestoreDependencies, 'dockerHost'>,
  place: Place,
  open: () => Promise<Opened>,
): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    place.signal.throwIfAborted();
    if (place.server === 'own' && isSagekeepError(error) && error.retryable)
      await assertContainerRunning(deps.dockerHost, place.database, place.signal);
    throw error;
  }
}
