import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchCommand } from './command.ts';
import { scratchRequest } from './request.ts';

const image = `sha256:${'a'.repeat(64)}`;
const model = {
  Id: 'c'.repeat(64),
  Image: image,
  Config: {
    Env: [
      'POSTGRES_PASSWORD=production-secret',
      'LANG=zh_CN.utf8',
      'POSTGRES_INITDB_ARGS=--data-checksums',
      'X=1',
    ],
    Cmd: ['postgres', '-c', 'shared_preload_libraries=pg_stat_statements'],
  },
  HostConfig: { ShmSize: 1 << 30, Memory: 4_294_967_296, Privileged: true, Binds: ['/:/host'] },
} as unknown as Parameters<typeof scratchRequest>[0]['model'];
const given = {
  name: 'sagekeep-scratch-0123456789',
  model,
  imageUser: '',
  preload: null,
  password: 'own',
  jobId: 'prove-1',
  until: new Date(0),
};
const request = scratchRequest(given);

it('takes image, command, locale, shared memory and memory limit, and nothing else', () => {
  expect(request).toMatchObject({
    Image: image,
    Cmd: ['postgres', '-c', 'shared_preload_libraries=pg_stat_statements'],
    HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], ShmSize: 1 << 30, Memory: 4_294_967_296 },
  });
  expect(request.Env).toEqual([
    'POSTGRES_USER=postgres',
    'POSTGRES_PASSWORD=own',
    'LANG=zh_CN.utf8',
    'POSTGRES_INITDB_ARGS=--data-checksums',
  ]);
  expect(JSON.stringify(request)).not.toMatch(/production-secret|Privileged|Binds/);
});

it('has exactly the shape that the proxy lets pass', () => {
  const root = join(import.meta.dirname, '../../../..');
  const proxy = readFileSync(join(root, 'config/docker-proxy-exec.cfg'), 'utf8');
  const shape = /req\.body -m reg '(\^\\\{"name".*\$)' \}/.exec(proxy)?.[1] ?? 'none';
  // The one spelling that POSIX classes and JavaScript's do not share.
  const allowed = new RegExp(shape.replaceAll('[^][{}\\\\]', '[^\\]\\[{}\\\\]'));
  expect(JSON.stringify(request)).toMatch(allowed);
  const nasty = ['postgres', '-c', 'log_line_prefix=%m [%p] "{\\', '-c', 'search_path="$user", public'];
  for (const Cmd of [nasty, ['sh', '-c', 'exec postgres -c "a=b"']]) {
    const like = { ...model, Config: { ...model.Config, Cmd } };
    const made = scratchRequest({ ...given, model: like });
    expect(JSON.stringify(made)).toMatch(allowed);
  }
  const privileged = { ...request, HostConfig: { ...request.HostConfig, Privileged: true } };
  expect(JSON.stringify(privileged)).not.toMatch(allowed);
});

it.each([
  [['postgres'], 'auto_explain', ['postgres', '-c', 'shared_preload_libraries=auto_explain']],
  [[], 'a, b', ['postgres', '-c', 'shared_preload_libraries=a, b']],
  // The last one counts.
  [
    ['-c', 'max_connections=9'],
    '"$libdir/a-b",c',
    ['-c', 'max_connections=9', '-c', 'shared_preload_libraries=$libdir/a-b,c'],
  ],
  [['postgres'], '', ['postgres']],
  [['postgres'], null, ['postgres']],
  [['sh', '-c', 'exec postgres'], 'auto_explain', ['sh', '-c', 'exec postgres']],
  [['postgres'], '"{a}"', ['postgres']],
  [
    ['--max-connections=9', '-cshared_buffers=1GB'],
    null,
    ['-c', 'max_connections=9', '-c', 'shared_buffers=1GB'],
  ],
  [['sh', '-c', 'exec postgres -c "a=b"'], null, []],
])('a server started by %j that has loaded %j is made like by %j', (Cmd, preload, command) => {
  const like = { ...model, Config: { ...model.Config, Cmd } };
  const options = { name: 'sagekeep-scratch-01', imageUser: '', password: 'own', jobId: 'prove-1' };
  expect(scratchRequest({ ...options, model: like, preload, until: new Date(0) }).Cmd).toEqual(command);
});

it.each([
  ['', 'postgres'],
  ['root', 'postgres'],
  ['0:0', 'postgres'],
  ['1001', '1001'],
  ['rootless', 'rootless'],
])('runs as the user of an image that says "%s": %s', (imageUser, user) => {
  const options = {
    name: 'sagekeep-scratch-01',
    model,
    preload: null,
    password: 'own',
    jobId: 'prove-1',
    until: new Date(0),
  };
  expect(scratchRequest({ ...options, imageUser }).User).toBe(user);
});

it('goes without settings that name mounted files, wait for others or keep WAL, and tells their names', () => {
  const settings = {
    config_file: '/etc/postgresql/postgresql.conf',
    hba_file: '/etc/postgresql/pg_hba.conf',
    ssl_key_file: '/run/secrets/key',
    log_directory: '/logs',
    synchronous_standby_names: 'standby',
    archive_mode: 'on',
    archive_command: 'cp %p "/archive/%f"',
    huge_pages: 'on',
    shared_buffers: '{}',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const made = scratchCommand(['postgres', ...args, '-c', 'max_locks_per_transaction=256'], null);
  expect(made).toEqual({
    command: ['postgres', '-c', 'max_locks_per_transaction=256'],
    leftOut: Object.keys(settings),
  });
});
