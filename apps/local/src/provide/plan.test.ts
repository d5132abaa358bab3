import { expect, test } from 'vitest';
import type { Installed } from './installed.ts';
import { planInstallation } from './plan.ts';

const bookworm = { id: 'debian', version: '12', title: 'Debian GNU/Linux 12' };
const trixie = { id: 'debian', version: '13', title: 'Debian GNU/Linux 13' };
const nothing: Installed = { postgres: [], tools: [], redis: null, chromium: null };
const all = { postgres: true, tools: [], redis: true, chromium: false };
const server = (major: number, vector: boolean) => ({
  major,
  bin: `/usr/lib/postgresql/${major}/bin`,
  vector,
});

const packages = (plan: ReturnType<typeof planInstallation>) => plan.missing.flatMap((one) => one.packages);

test.for([
  [bookworm, 15],
  [trixie, 17],
] as const)('a fresh %o gets its own PostgreSQL', ([system, major]) => {
  const plan = planInstallation({ system, installed: nothing, wanted: all });
  expect(packages(plan)).toEqual([`postgresql-${major}`, `postgresql-client-${major}`, 'redis-server']);
  expect(plan).toMatchObject({ vectorFor: major, supported: true });
});

test('nothing is installed when all is there', () => {
  const installed = { ...nothing, postgres: [server(15, true)], redis: '/usr/bin/redis-server' };
  const plan = planInstallation({ system: bookworm, installed, wanted: all });
  expect(plan).toEqual({
    missing: [],
    vectorFor: null,
    supported: true,
    toolsElsewhere: null,
    servesAny: true,
  });
});

test('a server that lacks pgvector is kept, and so is one of another major', () => {
  const installed = { ...nothing, postgres: [server(16, false)], redis: '/usr/bin/redis-server' };
  const plan = planInstallation({ system: bookworm, installed, wanted: all });
  expect(packages(plan)).toEqual([]);
  expect(plan.vectorFor).toBe(16);
});

test('tests want a browser besides', () => {
  const installed = { ...nothing, postgres: [server(15, true)], redis: '/usr/bin/redis-server' };
  const plan = planInstallation({ system: bookworm, installed, wanted: { ...all, chromium: true } });
  expect(packages(plan)).toEqual(['chromium']);
});

test('with servers of the user’s own only the client tools are missing', () => {
  const wanted = { postgres: false, tools: [], redis: false, chromium: false };
  expect(packages(planInstallation({ system: bookworm, installed: nothing, wanted }))).toEqual([
    'postgresql-client-15',
  ]);
  const installed = { ...nothing, tools: [13] };
  expect(planInstallation({ system: bookworm, installed, wanted }).missing).toEqual([]);
});

test.for([
  // [Debian, tools there, majors of the servers, packages, what the release cannot serve]
  [bookworm, [], [15], ['postgresql-client-15'], null],
  [bookworm, [], [17], [], 17],
  [bookworm, [15], [17], [], 17],
  [bookworm, [16], [15], [], null],
  [bookworm, [17], [16], [], null],
  [bookworm, [17], [17], [], null],
  [trixie, [], [15], ['postgresql-client-17'], null],
  [trixie, [15], [17], ['postgresql-client-17'], null],
  [trixie, [], [17, 18], ['postgresql-client-17'], 18],
] as const)('on %o with tools %o, servers of %o get %o', ([system, there, majors, expected, elsewhere]) => {
  const wanted = { postgres: false, tools: majors, redis: false, chromium: false };
  const plan = planInstallation({ system, installed: { ...nothing, tools: there }, wanted });
  expect(packages(plan)).toEqual(expected);
  expect(plan.toolsElsewhere).toBe(elsewhere);
  expect(plan.servesAny).toBe(elsewhere === null || majors.length > 1);
});

test.for(['11', 'sid', ''])('Debian %j is not one we install on', (version) => {
  const system = { id: 'debian', version, title: 'Debian' };
  expect(planInstallation({ system, installed: nothing, wanted: all }).supported).toBe(false);
});
