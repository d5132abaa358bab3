import Docker from 'dockerode';

/**
 * A client for Docker's API at a socket path, `unix://…` or `tcp://host:port`. Throws nothing: what is wrong shows at
 * the first call.
 */
export function dockerClient(host: string): Docker {
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) });
  if (!host.includes('://')) return new Docker({ socketPath: host });
  const url = new URL(host.replace(/^tcp:/, 'http:'));
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  return new Docker({ protocol, host: url.hostname, port: Number(url.port || '2375') });
}
