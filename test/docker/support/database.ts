import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { dockerClient } from '../../../packages/engine/src/docker/index.ts';
import { waitFor } from '../../support/events.ts';
import type { Engine } from './engine.ts';

/** A PostgreSQL in a container of its own, reachable on its address and from inside. */
export interface DatabaseContainer extends AsyncDisposable {
  readonly name: string;
  readonly password: string;
  /** `postgresql://…` with the container's address. */
  readonly url: string;
  /** The same server as its container sees it. */
  readonly urlInside: string;
  /** Runs a shell command inside, as root, and returns what it says. */
  shell(command: string): Promise<string>;
}

export async function startDatabase(engine: Engine): Promise<DatabaseContainer> {
  const docker = dockerClient(engine.host);
  const name = `sagekeep-exec-${randomBytes(4).toString('hex')}`;
  const password = `p:w\\${randomBytes(6).toString('hex')}`;
  const container = await docker.createContainer({
    name,
    Image: 'pgvector/pgvector:pg17',
    Env: [`POSTGRES_PASSWORD=${password}`, 'POSTGRES_USER=sage', 'POSTGRES_DB=sage_memory'],
    Healthcheck: { Test: ['CMD', 'pg_isready', '-q', '-h', '127.0.0.1'], Interval: 200_000_000, Retries: 1 },
  });
  await container.start();
  const healthy = async () => (await container.inspect()).State.Health?.Status === 'healthy';
  await waitFor(healthy, { what: 'the database to accept connections', withinMs: 120_000 });
  const address = Object.values((await container.inspect()).NetworkSettings.Networks)[0]?.IPAddress;
  const url = (host: string) => `postgresql://sage:${encodeURIComponent(password)}@${host}:5432/sage_memory`;
  return {
    name,
    password,
    url: url(address ?? ''),
    urlInside: url('127.0.0.1'),
    async shell(command) {
      const { stdout } = await execa('docker', ['exec', '-u', '0', name, 'sh', '-c', command], {
        env: engine.environment,
      });
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      await container.remove({ force: true, v: true });
    },
  };
}
