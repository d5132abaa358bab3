import type { DatabaseConfig } from '@sagekeep/contracts';
import { type ContainerLimits, inspectContainer } from '../docker/index.ts';
import type { RestoreDependencies } from './dependencies.ts';

/** What the index builds of a restore may use, all together. */
export interface BuildMemory {
  readonly memoryBytes: number;
  /** Whether /dev/shm is known to hold what parallel builds share: without that, nothing that cannot be repeated uses them. */
  readonly parallel: boolean;
  /** False where it is known not to hold that; true also where nobody knows, for builds that are repeated in another way. */
  readonly tryParallel: boolean;
}

const megabyte = 1024 * 1024;

/** Where nobody says how much there is. */
const carefulBytes = 256 * megabyte;
const leastBytes = 64 * megabyte;

/** A quarter of a container's memory leaves enough for what else lives in it. */
function ofContainer({ memoryBytes }: ContainerLimits): number {
  return memoryBytes === null ? carefulBytes : Math.max(leastBytes, Math.floor(memoryBytes / 4));
}

/** The configuration, else the container's own limit, else careful. */
export function buildMemory(configuredBytes: number | null, limits: ContainerLimits | null): BuildMemory {
  const memoryBytes = configuredBytes ?? (limits === null ? carefulBytes : ofContainer(limits));
  const parallel = limits !== null && limits.shmBytes >= memoryBytes;
  return { memoryBytes, parallel, tryParallel: parallel || limits === null };
}

/** Servers of which a database's container tells: its own, and one made like it. */
const likeContainer = ['own', 'container'];

/** Asks Docker, where the database has a container, what a restore on a server may use. */
export async function buildMemoryOn(
  deps: Pick<RestoreDependencies, 'dockerHost'>,
  database: DatabaseConfig,
  options: { readonly server: string; readonly signal: AbortSignal },
): Promise<BuildMemory> {
  const { server, signal } = options;
  const look = likeContainer.includes(server)
    ? await inspectContainer(deps.dockerHost, database.container, { signal })
    : null;
  return buildMemory(database.restoreMemoryBytes, look?.kind === 'found' ? look.container.limits : null);
}
