import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  assertContainerRunning,
  type ContainerEvent,
  containerTrouble,
  dockerClient,
  findLabelled,
  followContainerEvents,
  inspectContainer,
} from '../../packages/engine/src/docker/index.ts';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { holdBack } from './support/heldBack.ts';
import { rememberWhatIsThere } from './support/leftBehind.ts';

const image = 'debian:trixie-slim';
const prefix = `sagekeep-look-${randomBytes(4).toString('hex')}`;
const made: Docker.Container[] = [];
let engine: Engine;
let docker: Docker;

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  docker = dockerClient(engine.host);
});
afterAll(async () => {
  for (const container of made)
    await container.remove({ force: true, v: true }).catch((error) => {
      if (error.statusCode !== 404) throw error;
    });
  await docker
    .getVolume(`${prefix}-data`)
    .remove()
    .catch(() => undefined);
  await engine?.stop();
});

/** Starts a container of this test's own; `name` completes its name. */
async function start(name: string, options: Partial<Docker.ContainerCreateOptions> = {}): Promise<string> {
  const full = `${prefix}-${name}`;
  const container = await docker.createContainer({
    name: full,
    Image: image,
    Cmd: ['sleep', '600'],
    ...options,
  });
  made.push(container);
  await container.start();
  return full;
}

async function found(name: string) {
  const look = await inspectContainer(engine.host, name);
  if (look.kind !== 'found') throw new Error(`${name}: ${look.text}`);
  return look.container;
}

it('finds a running container by its exact name, and nothing by a part of it', async () => {
  const name = await start('db', {
    Env: ['PGDATA=/data/pg'],
    HostConfig: {
      Memory: 128 << 20,
      ShmSize: 32 << 20,
      Mounts: [{ Type: 'volume', Source: `${prefix}-data`, Target: '/data' }],
    },
  });
  const container = await found(name);
  expect(container).toMatchObject({
    name,
    state: 'running',
    health: null,
    oomKilled: false,
    restarts: 0,
    image,
    pgdata: '/data/pg',
    limits: { memoryBytes: 128 << 20, shmBytes: 32 << 20 },
  });
  expect(container.mounts).toEqual([
    { kind: 'volume', source: `${prefix}-data`, target: '/data', writable: true },
  ]);
  expect(containerTrouble(container)).toBeNull();
  await assertContainerRunning(engine.host, { container: name });
  const part = await inspectContainer(engine.host, name.slice(0, -1));
  expect(part).toMatchObject({ kind: 'missing', text: expect.stringContaining(name) });
});

it('finds one by a label, and does not choose between two', async () => {
  const Labels = { [`${prefix}.role`]: 'db' };
  const name = await start('labelled', { Labels });
  expect(await found(`${prefix}.role=db`)).toMatchObject({ name });
  await start('twin', { Labels });
  expect(await inspectContainer(engine.host, `${prefix}.role=db`)).toMatchObject({
    kind: 'ambiguous',
    text: expect.stringMatching(/2 containers carry the label/),
  });
});

it('one that is removed between the two questions is missing, not there without its label', async () => {
  const label = `${prefix}.fleeting`;
  const removedOnTheWay = (name: string) =>
    holdBack(engine.socket, async (path) => {
      if (path.includes('/containers/') && !path.includes('/containers/json'))
        await docker.getContainer(name).remove({ force: true });
    });
  const stays = await start('stays');
  const options = { Labels: { [label]: 'true' } };

  const first = await start('fleeting', options);
  await using held = await removedOnTheWay(first);
  const look = await findLabelled(held.host, `${label}=true`);
  if (look.kind !== 'found') throw new Error(look.text);
  expect(look.labelled).toEqual([]);
  const names = look.present.map(({ name }) => name);
  expect(names).toContain(stays);
  expect(names).not.toContain(first);

  const second = await start('fleeting-too', options);
  await using heldToo = await removedOnTheWay(second);
  expect(await inspectContainer(heldToo.host, second)).toEqual({
    kind: 'missing',
    text: `${second} was just removed`,
  });
});

it('names a container that has ended, before anything names the connection', async () => {
  const name = await start('ended', { Cmd: ['sh', '-c', 'exit 3'] });
  await docker.getContainer(name).wait();
  const failure = assertContainerRunning(engine.host, { container: name });
  await expect(failure).rejects.toMatchObject({
    code: 'CONTAINER_NOT_RUNNING',
    retryable: true,
    message: `The container ${name} is exited (exit code 3).`,
  });
});

it('names a container that is paused', async () => {
  const name = await start('paused');
  await docker.getContainer(name).pause();
  expect(containerTrouble(await found(name))).toBe(`The container ${name} is paused.`);
  await docker.getContainer(name).unpause();
});

it('repeats what a failing health check says', async () => {
  const name = await start('unhealthy', {
    Healthcheck: { Test: ['CMD-SHELL', 'echo no answer on 5432; exit 1'], Interval: 100_000_000, Retries: 1 },
  });
  await waitFor(async () => (await found(name)).health === 'unhealthy', { what: 'the health check to fail' });
  expect(containerTrouble(await found(name))).toBe(
    `The container ${name} runs but is unhealthy: no answer on 5432.`,
  );
  // Each check is three events, and Docker remembers the last 256 only.
  await docker.getContainer(name).remove({ force: true });
});

it('hears of the life of a container as it happens, each thing once', async () => {
  const heard: ContainerEvent[] = [];
  const standing = Promise.withResolvers<void>();
  const stop = new AbortController();
  const following = followContainerEvents({
    dockerHost: engine.host,
    signal: stop.signal,
    onEvent: (event) => void (event.container === `${prefix}-lively` && heard.push(event)),
    onState: (follows, error) => (follows ? standing.resolve() : standing.reject(error)),
  });
  await standing.promise;
  await start('lively', { Cmd: ['sh', '-c', 'exit 3'], Labels: { kept: 'yes' } });
  await waitFor(() => heard.some(({ action }) => action === 'die'), { what: 'the end to be heard of' });
  stop.abort();
  await following;
  expect(heard.map(({ action, exitCode }) => [action, exitCode])).toEqual([
    ['create', null],
    ['start', null],
    ['die', 3],
  ]);
  expect(heard[0]?.labels).toMatchObject({ kept: 'yes' });
});

it('hears of what has happened since, when it asks later, and of nothing before', async () => {
  const hear = async (name: string, sinceNano: number) => {
    const heard: ContainerEvent[] = [];
    const stop = new AbortController();
    const following = followContainerEvents({
      ...{ dockerHost: engine.host, signal: stop.signal, sinceNano, onState: () => undefined },
      onEvent: (event) => void (event.container === name && heard.push(event)),
    });
    await waitFor(() => heard.some(({ action }) => action === 'die'), { what: 'the end to be heard of' });
    stop.abort();
    await following;
    return heard;
  };
  const name = await start('over', { Cmd: ['true'] });
  await docker.getContainer(name).wait();
  const all = await hear(name, (Date.now() - 3_600_000) * 1e6);
  expect(all.map(({ action }) => action)).toEqual(['create', 'start', 'die']);
  const later = await hear(name, all[1]?.nano ?? 0);
  expect(later.map(({ action }) => action)).toEqual(['die']);
});

it('tells that the kernel ended it for its memory', async () => {
  // Docker forgets an OOM kill whose notice comes after the container's end: so the end waits for the notice.
  const name = await start('hungry', {
    Cmd: ['sh', '-c', 'mkfifo /go; tail /dev/zero; cat /go; exit 137'],
    HostConfig: { Memory: 64 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024 },
  });
  const filters = { container: [name], event: ['oom'] };
  const events = await docker.getEvents({ since: 0, filters });
  await once(events, 'data');
  await execa('docker', ['exec', name, 'sh', '-c', 'echo >/go'], { env: engine.environment });
  await docker.getContainer(name).wait();
  expect(containerTrouble(await found(name))).toMatch(/exit code 137.*ran out of memory/);
});

it('what a stack has left behind is told: throw-away containers of its proofs, and volumes, too', async () => {
  const run = async (command: string, args: readonly string[]) =>
    (await execa(command, args, { env: engine.environment })).stdout;
  const leftBehind = await rememberWhatIsThere(`${prefix}-project`, run);
  expect(await leftBehind()).toEqual([]);
  const scratch = await docker.createContainer({
    Image: image,
    Cmd: ['true'],
    Labels: { 'sagekeep.scratch': new Date().toISOString() },
    Volumes: { '/data': {} },
  });
  const { Mounts } = await scratch.inspect();
  expect(await leftBehind()).toEqual([scratch.id.slice(0, 12)]);
  await scratch.remove({ force: true, v: false });
  const volume = Mounts[0]?.Name ?? '';
  expect(await leftBehind()).toEqual([volume]);
  await docker.getVolume(volume).remove();
  expect(await leftBehind()).toEqual([]);
});
