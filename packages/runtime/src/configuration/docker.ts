import type { Configuration } from '@sagekeep/contracts';
import type { FileShape } from './shape.ts';
import { type Sources, variable } from './sources.ts';

/** What a container is labelled with to be protected, unless the file says something else. */
const protectedLabel = 'sagekeep.enable=true';

export function readDocker(sources: Sources, file: FileShape): Configuration['docker'] {
  const fromEnvironment = variable(sources, 'DOCKER_HOST');
  const host = fromEnvironment ?? file.docker?.host ?? null;
  const trouble = host === null ? null : troubleWith(host, variable(sources, 'DOCKER_TLS_VERIFY') !== null);
  if (trouble !== null) sources.faults.add(fromEnvironment === null ? 'docker.host' : 'DOCKER_HOST', trouble);
  const wanted = file.docker?.labels;
  const inUse =
    typeof wanted === 'string' ||
    Object.values(file.databases ?? {}).some((database) => database.container !== undefined);
  const used = host ?? (inUse ? '/var/run/docker.sock' : null);
  return { host: used, labels: wanted === false || used === null ? null : (wanted ?? protectedLabel) };
}

const forwarded =
  "Forward the engine's socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST) and name it as unix:///tmp/docker.sock, or unset it: without Docker only what asks of containers is skipped.";

/**
 * Why Docker cannot be asked there, and what to do; null when it can. Said at start, because plain HTTP to such a place
 * looks like a Docker that is down.
 */
function troubleWith(host: string, tls: boolean): string | null {
  if (/^(unix:\/\/)?\//.test(host)) return null;
  if (host.startsWith('ssh://')) return `"ssh://" is not spoken here. ${forwarded}`;
  const url = URL.canParse(host) ? new URL(host) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'tcp:' && (tls || url.port === '2376')))
    return `Docker's API behind TLS is not spoken here. ${forwarded}`;
  if (url?.protocol === 'tcp:' && url.hostname !== '' && url.username === '') return null;
  return 'is neither the path of a socket, nor unix:///path, nor tcp://host:port';
}
