import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { provideBases } from './support/bases.ts';
import { type Engine, startEngine } from './support/engine.ts';

const root = resolve(import.meta.dirname, '../..');
const installer = join(root, 'apps/local/src/provide/install-debian.sh');
const policy = '/usr/sbin/policy-rc.d';

let engine: Engine;
let machine = '';
const docker = async (...args: string[]) =>
  (await execa('docker', args, { env: engine.environment })).stdout.trim();
const bash = (script: string) => docker('exec', machine, 'bash', '-euc', script);

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  const mount = ['--volume', `${installer}:/install-debian.sh:ro`];
  // The host's network reaches the packages, whatever the engine's own networks may.
  machine = await docker(
    ...['run', '--detach', '--init', '--rm', '--network', 'host', ...mount],
    ...['debian:trixie-slim', 'sleep', 'infinity'],
  );
});

afterAll(async () => {
  if (machine !== '') await docker('kill', machine);
  await engine?.stop();
});

it('installs on a bare Debian what is missing, also after an earlier run was killed, and leaves every system file as it was', async () => {
  const mine = '#!/bin/sh\n# of this machine\nexit 0';
  await bash(`printf '%s\\n' '${mine}' >${policy}; chmod 755 ${policy}`);
  const run = '/install-debian.sh postgresql-client redis-server';
  const installing = '/var/lib/dpkg/info/postgresql-common.list';
  // Killed with all that it runs while dpkg is at work: that is when no service may start.
  await bash(`
    setsid sh ${run} >/dev/null 2>&1 & pid=$!
    until [ -e ${installing} ]; do kill -0 $pid; sleep 0.1; done
    kill -9 -- -$pid`);
  expect(await bash(`cat ${policy}`)).toContain('no service starts while');

  await bash(`sh ${run}`);
  expect(await bash(`cat ${policy}`)).toBe(mine);
  expect(await bash(`find /usr/sbin /etc/postgresql-common -name '*sagekeep*'`)).toBe('');
  expect(await bash('dpkg --verify postgresql-common; dpkg --audit')).toBe('');
  expect(await bash('redis-server --version; psql --version')).toMatch(/Redis server[\s\S]*psql/);
  expect(await bash('ls -A /etc/postgresql; cat /proc/[0-9]*/comm')).not.toMatch(/redis|postgres|main/);
});
