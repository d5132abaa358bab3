import Docker from 'dockerode';

/**
 * A client for Docker's API at a socket path, `unix://…` or `tcp://host:port`: the configuration lets nothing else pass.
 * Throws nothing: what is wrong shows at the first call.
 */
export function dockerClient(host: string): Docker {
  if (!host.startsWith('tcp://')) return new Docker({ socketPath: host.replace(/^unix:\/\//, '') });
  const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'));
  return new Docker({ protocol: 'http', host: hostname, port: Number(port || '2375') });
}
