import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl } from '../../support/servers.ts';

it('a process whose connection breaks as it asks does not stand still: it is answered by the next connection', async () => {
  const program = join(import.meta.dirname, 'programs/asking.ts');
  await using process = spawnNode(program, { env: { REDIS_URL: redisUrl() } });
  expect(await process.line(/answered/, 20_000)).toBe('answered, ready');
});
