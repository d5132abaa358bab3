import { expect, it } from 'vitest';
import { execError } from './startExec.ts';

it('an exec that the proxy refuses is told with the container that has to be named to it', () => {
  const refused = Object.assign(new Error('Forbidden'), { statusCode: 403 });
  const error = execError(refused, { dockerHost: 'tcp://docker-proxy:2375', container: 'memory-db' });
  expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: false });
  expect(error.advice).toContain(
    'docker-compose.docker.yml with memory-db named in SAGEKEEP_EXEC_CONTAINERS',
  );
});
