import { type DatabaseConfig, isSagekeepError } from '@sagekeep/contracts';
import { assertContainerRunning } from './assertContainerRunning.ts';

export interface Place {
  readonly database: Pick<DatabaseConfig, 'container'>;
  /** `own`, or another configured server, of whose container nothing is known. */
  readonly server: string;
  readonly signal: AbortSignal;
}

function isAboutConnection(error: unknown): boolean {
  return isSagekeepError(error, 'SERVER_UNREACHABLE') || isSagekeepError(error, 'SERVER_GONE');
}

/**
 * Does work that needs the server. When the server cannot be reached, or goes, and the database's container is why
 * (stopped, unhealthy, out of memory, gone), throws `CONTAINER_NOT_RUNNING` instead of what the connection says. Docker
 * is asked only then: a server that answers is not kept from its backups and restores by a health check that fails, or
 * by a name that Docker here does not know.
 */
export async function namingContainer<Result>(
  { dockerHost }: { readonly dockerHost: string | null },
  place: Place,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    place.signal.throwIfAborted();
    if (place.server === 'own' && isAboutConnection(error))
      await assertContainerRunning(dockerHost, place.database, place.signal);
    throw error;
  }
}
