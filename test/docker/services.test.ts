import { resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Engine, startEngine } from './support/engine.ts';

/** What the compose file says of every service, as compose itself reads it. */
interface Service {
  readonly restart?: string;
  readonly init?: boolean;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly stop_grace_period?: string;
  readonly shm_size?: string;
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly { host_ip?: string; published: string }[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { test?: readonly string[]; disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly deploy?: { resources: { limits: { memory?: string; pids?: number } } };
}

const root = resolve(import.meta.dirname, '../..');
let engine: Engine;
let services: Readonly<Record<string, Service>>;
let networks: Readonly<Record<string, { internal?: boolean }>>;

beforeAll(async () => {
  engine = await startEngine();
  const args = ['compose', '-f', 'docker-compose.yml', '--profile', '*', 'config', '--format', 'json'];
  const { stdout } = await execa('docker', args, { cwd: root, env: engine.environment });
  ({ services, networks } = JSON.parse(stdout));
});
afterAll(() => engine?.stop());

/** `1m30s` in seconds. */
function seconds(duration: string | undefined): number {
  const [, minutes = 0, rest = 0] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration ?? '') ?? [];
  return Number(minutes) * 60 + Number(rest);
}

/** One value of every service, by the service's name. */
function each<Value>(value: (service: Service) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(services).map(([name, service]) => [name, value(service)]));
}

it('who serves is started again whatever happens, who has one thing to do ends', () => {
  expect(each(({ restart }) => restart ?? 'no')).toEqual({
    api: 'unless-stopped',
    db: 'unless-stopped',
    demo: 'no',
    'docker-proxy': 'unless-stopped',
    'first-backup': 'on-failure:3',
    init: 'no',
    redis: 'unless-stopped',
    worker: 'unless-stopped',
  });
});

it('every process has an init that reaps, but the proxy, whose would stay root', () => {
  const without = Object.entries(services).filter(([, { init }]) => init !== true);
  expect(without.map(([name]) => name)).toEqual(['docker-proxy']);
});

it('everything has a limit of memory and of processes, and nothing is privileged', () => {
  for (const [name, { deploy, privileged }] of Object.entries(services)) {
    expect(Number(deploy?.resources.limits.memory), name).toBeGreaterThan(0);
    expect(deploy?.resources.limits.pids, name).toBeGreaterThan(0);
    expect(privileged ?? false, name).toBe(false);
  }
  // Parallel index builds need as much as restoreMemory in config/compose.yaml.
  expect(Number(services['db']?.shm_size)).toBe(2 ** 30);
});

it('one port is published, to this machine alone, and no other network has a way out', () => {
  const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.map(({ host_ip, published: port }) => `${name} ${host_ip ?? 'everywhere'}:${port}`),
  );
  expect(published).toEqual(['api 127.0.0.1:8420']);
  const inward = Object.entries(networks).filter(([, { internal }]) => internal === true);
  expect(inward.map(([name]) => name).sort()).toEqual(['docker', 'private']);
  expect(each((service) => service.network_mode ?? Object.keys(service.networks ?? {}).sort())).toEqual({
    api: ['front', 'private'],
    db: ['private'],
    demo: ['private'],
    'docker-proxy': ['docker'],
    'first-backup': ['private'],
    init: 'none',
    redis: ['private'],
    worker: ['docker', 'private'],
  });
});

it('who serves is given time to stop, the worker more than its jobs have', () => {
  const serving = Object.entries(services).filter(([, { restart }]) => restart === 'unless-stopped');
  for (const [name, { stop_grace_period: grace }] of serving) expect(seconds(grace), name).toBeGreaterThan(5);
  const worker = services['worker'];
  const grace = seconds(worker?.environment?.['SAGEKEEP_SHUTDOWN_GRACE']);
  expect(grace).toBeGreaterThan(0);
  // Closing takes 15 s at most.
  expect(seconds(worker?.stop_grace_period)).toBeGreaterThan(grace + 15);
});

it('who needs another one waits until that is well', () => {
  const waits = ({ depends_on = {} }: Service) =>
    Object.fromEntries(Object.entries(depends_on).map(([name, { condition }]) => [name, condition]));
  const [ended, healthy] = ['service_completed_successfully', 'service_healthy'];
  expect(each(waits)).toEqual({
    api: { redis: healthy },
    db: { init: ended },
    demo: { db: healthy },
    'docker-proxy': {},
    'first-backup': { worker: 'service_started', api: healthy, demo: ended },
    init: {},
    redis: { init: ended },
    worker: { db: healthy, redis: healthy, 'docker-proxy': healthy },
  });
});
