import { expect, it } from 'vitest';
import type { ContainerFacts, ContainerLook, ContainerMount } from '../docker/index.ts';
import { connectionContainer } from './checks/connection.container.ts';
import { connectionContainerHealth } from './checks/connection.container-health.ts';
import { connectionContainerMounts } from './checks/connection.container-mounts.ts';
import { connectionContainerRestarts } from './checks/connection.container-restarts.ts';
import type { Probe } from './probe.ts';

const [container, health, mounts, restarts] = [
  connectionContainer,
  connectionContainerHealth,
  connectionContainerMounts,
  connectionContainerRestarts,
];
const checks = [container, health, mounts, restarts];
const now = new Date('2026-05-02T12:00:00Z');
const volume: ContainerMount = {
  kind: 'volume',
  source: 'sage-data',
  target: '/var/lib/postgresql/data',
  writable: true,
};
const healthy: ContainerFacts = {
  id: 'c0ffee',
  name: 'sage-db',
  state: 'running',
  health: 'healthy',
  healthOutput: '',
  exitCode: null,
  oomKilled: false,
  restarts: 0,
  startedAt: '2026-04-01T00:00:00Z',
  image: 'pgvector/pgvector:pg17',
  digest: null,
  mounts: [volume],
  pgdata: null,
  limits: { memoryBytes: null, shmBytes: 67_108_864 },
};
const looking = (facts: Partial<ContainerFacts>): ContainerLook => ({
  kind: 'found',
  container: { ...healthy, ...facts },
});
const run = (check: (typeof checks)[number], look: ContainerLook) =>
  check.run({ container: look, now } as Probe);

it.each(checks)('$id passes for a container that runs and is well', async (check) => {
  expect(await run(check, looking({}))).toMatchObject({ status: 'pass' });
});

const stopped = { state: 'exited', exitCode: 0 };
const killed = { state: 'exited', exitCode: 137, oomKilled: true };
const anonymous = { ...volume, source: 'a'.repeat(64) };

it.each([
  ['stopped', container, looking(stopped), 'fail', /^sage-db is exited, exit code 0$/],
  [
    'ended for its memory',
    container,
    looking(killed),
    'fail',
    /exited, exit code 137, killed for lack of memory/,
  ],
  ['missing', container, { kind: 'missing', text: 'no sage-db' }, 'fail', /no sage-db/],
  ['not the only one', container, { kind: 'ambiguous', text: '2 of them' }, 'fail', /2 of them/],
  ['not for us to see', container, { kind: 'denied', text: 'refused' }, 'warn', /refused/],
  ['behind a silent daemon', container, { kind: 'silent', text: 'no answer' }, 'warn', /no answer/],
  [
    'unhealthy',
    health,
    looking({ health: 'unhealthy', healthOutput: 'no response' }),
    'fail',
    /unhealthy: no response/,
  ],
  ['starting', health, looking({ health: 'starting' }), 'warn', /still starting/],
  ['ended for its memory', restarts, looking(killed), 'fail', /killed it for lack of memory/],
  [
    'restarted an hour ago',
    restarts,
    looking({ restarts: 3, startedAt: '2026-05-02T11:00:00Z' }),
    'warn',
    /3 restarts/,
  ],
  ['without a mount for its data', mounts, looking({ mounts: [] }), 'warn', /own layer/],
  ['on an anonymous volume', mounts, looking({ mounts: [anonymous] }), 'warn', /anonymous volume/],
  [
    'with its data beside the mount',
    mounts,
    looking({ mounts: [{ ...volume, target: '/backups' }], pgdata: '/srv/data' }),
    'warn',
    /\/srv\/data lies in the container's own layer/,
  ],
] as const)('a container that is %s is named by $1.id', async (_what, check, look, status, value) => {
  expect(await run(check, look)).toMatchObject({ status, value: expect.stringMatching(value) });
});

it.each([
  ['that does not run has no health', health, stopped],
  ['without a HEALTHCHECK has no health', health, { health: null }],
] as const)('a container %s', async (_what, check, facts) => {
  expect(await run(check, looking(facts))).toMatchObject({ status: 'skip' });
});

it('restarts of long ago are no alarm', async () => {
  expect(await run(restarts, looking({ restarts: 3 }))).toMatchObject({ status: 'pass' });
});

it.each(checks)('$id is skipped where Docker is not used', async (check) => {
  expect(await run(check, { kind: 'absent', text: 'not used here' })).toMatchObject({ status: 'skip' });
});
