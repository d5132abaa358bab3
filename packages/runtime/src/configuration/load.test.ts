import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSagekeepError } from '@sagekeep/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schedulesFor } from './declaredSchedules.ts';
import { loadConfiguration } from './load.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sagekeep-configuration-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const url = 'postgresql://sage:s3cr%40t-canary@db:5432/sage_memory';

/** As it is written in the file. */
const fromEnvironment = (name: string) => `\${${name}}`;

function write(name: string, text: string): string {
  mkdirSync(join(cwd, 'config'), { recursive: true });
  writeFileSync(join(cwd, name), text);
  return name;
}

function load(environment: Record<string, string>, databases?: 'urls' | 'names' | 'optional') {
  return loadConfiguration({
    environment,
    cwd,
    ...(databases === undefined ? {} : { needs: { databases } }),
  });
}

function faultsOf(work: () => unknown): { path: string; message: string }[] {
  try {
    work();
  } catch (error) {
    if (!isSagekeepError(error, 'CONFIGURATION_INVALID')) throw error;
    return error.facts['faults'] as { path: string; message: string }[];
  }
  throw new Error('it was accepted');
}

const pathsOf = (work: () => unknown) => faultsOf(work).map(({ path }) => path);

it('reads which checks are off and what others may say at worst', () => {
  const expectations = 'expect: { recall: 0.9, checks: { pgvector.planner: off, performance.backup: warn } }';
  write('config/sagekeep.yaml', `databases: { sage: { url: "${url}", ${expectations} } }`);
  expect(load({}).databases[0]?.expect).toMatchObject({
    recall: 0.9,
    checks: { 'pgvector.planner': 'off', 'performance.backup': 'warn' },
  });
  write('config/sagekeep.yaml', `databases: { sage: { url: "${url}", expect: { checks: { a: never } } } }`);
  expect(pathsOf(() => load({}))).toEqual(['databases.sage.expect.checks.a']);
});

it('reads how long a restore waits for a running backup', () => {
  const patience = (environment: Record<string, string> = {}) => load(environment).restore.patienceMs;
  write('config/sagekeep.yaml', `databases: { sage: { url: "${url}" } }`);
  expect(patience()).toBe(60_000);
  write('config/sagekeep.yaml', `databases: { sage: { url: "${url}" } }\nrestore: { patience: 5m }`);
  expect(patience()).toBe(300_000);
  expect(patience({ SAGEKEEP_RESTORE_PATIENCE: '2s' })).toBe(2000);
});

it('reads the coverage that is expected of single columns', () => {
  const withColumns = (columns: string) =>
    write(
      'config/sagekeep.yaml',
      `databases: { sage: { url: "${url}", expect: { coverageOf: ${columns} } } }`,
    );
  withColumns('{ notes.summary: [50, 20], app.notes.v: [99.5, 99] }');
  expect(load({}).databases[0]?.expect).toMatchObject({
    coverage: [90, 70],
    coverageOf: { 'notes.summary': [50, 20], 'app.notes.v': [99.5, 99] },
  });
  withColumns('{ notes.v: [20, 50] }');
  expect(pathsOf(() => load({}))).toEqual(['databases.sage.expect.coverageOf.notes.v']);
  for (const wrong of ['{ notes.v: 50 }', '{ notes.v: [101, 50] }', '{ v: [50, 20] }', '{ .v: [50, 20] }']) {
    withColumns(wrong);
    expect(() => load({})).toThrow('coverageOf');
  }
});

describe('DATABASE_URL alone', () => {
  it('is enough, with the defaults of the product', () => {
    const { databases, storage, redis, http, logs } = load({ DATABASE_URL: url });
    expect(databases).toEqual([
      {
        name: 'sage_memory',
        url,
        container: null,
        formats: ['custom', 'sql'],
        rpoMs: 26 * 3_600_000,
        rtoMs: 3_600_000,
        proof: {
          when: 'every-backup',
          where: 'own',
          vectorIndexes: false,
          scrubWithinMs: 30 * 24 * 3_600_000,
        },
        retention: {
          keepDays: 7,
          keepLast: 3,
          keepDaily: 0,
          keepWeekly: 0,
          keepMonthly: 0,
          keepYearly: 0,
          safetyDays: 7,
          maxBytes: null,
          maxDeleteShare: 0.5,
        },
        expect: { schema: null, references: [], coverage: [90, 70] },
        keepBeforeMs: 24 * 3_600_000,
        restoreMemoryBytes: null,
      },
    ]);
    expect(storage.folder).toBe(join(cwd, 'backups'));
    expect(redis).toEqual({ url: 'redis://127.0.0.1:6379', prefix: 'sagekeep' });
    expect(http).toEqual({ host: '127.0.0.1', port: 8420, publicUrl: null });
    expect(logs.folder).toBe(join(cwd, 'data/logs/sage'));
  });

  it.each([
    ['postgresql://u@h/Sage Memory', 'sage-memory'],
    ['postgresql://u@h/%E8%AE%B0%E5%BF%86', 'database'],
    ['postgresql://owner@h', 'owner'],
    [`postgresql://u@h/${'x'.repeat(60)}`, 'x'.repeat(41)],
  ])('a name is made to fit: %s', (given, name) => {
    expect(load({ DATABASE_URL: given }).databases[0]?.name).toBe(name);
  });

  it('may be in a file, and is named by SAGEKEEP_DATABASE', () => {
    const file = write('url', `${url}\n`);
    const { databases } = load({ DATABASE_URL_FILE: file, SAGEKEEP_DATABASE: 'sage' });
    expect(databases[0]).toMatchObject({ name: 'sage', url });
  });

  it('is not read where databases must not be reached', () => {
    const file = join(cwd, 'not-for-the-api');
    const { databases } = load({ DATABASE_URL_FILE: file, SAGEKEEP_DATABASE: 'sage' }, 'names');
    expect(databases[0]).toMatchObject({ name: 'sage', url: null });
  });
});

describe('the file', () => {
  it('is read with its secrets in files and in the environment', () => {
    write('sage_url', url);
    write(
      'config/sagekeep.yaml',
      [
        'databases:',
        '  sage: { url_file: sage_url, container: sage-db, rpo: 30m, retention: { keepDays: 2, maxBytes: 5GB } }',
        `  other: { url: "postgresql://o:${fromEnvironment('OTHER_PASSWORD')}@db/other", formats: [custom] }`,
        'servers: { rescue: { url: "postgresql://r@rescue/postgres" } }',
        'schedules: { timezone: Asia/Shanghai, backup: "0 2 * * *", drill: false }',
        'logs: { folder: null }',
        'alerts: { channels: { chat: { kind: webhook, url: "https://chat.example/hook/abcdef" } } }',
      ].join('\n'),
    );
    const configuration = load({ OTHER_PASSWORD: 'other-canary' });
    expect(configuration.databases.map(({ name }) => name)).toEqual(['sage', 'other']);
    expect(configuration.databases[0]).toMatchObject({
      url,
      rpoMs: 30 * 60_000,
      retention: { keepDays: 2, keepLast: 3, maxBytes: 5 * 1024 ** 3 },
    });
    expect(configuration.databases[1]?.url).toContain('other-canary');
    expect(configuration.logs.folder).toBeNull();
    expect(configuration.schedules.filter(({ enabled }) => enabled)).toEqual([
      expect.objectContaining({ name: 'backup-sage', timezone: 'Asia/Shanghai', cron: '0 2 * * *' }),
      expect.objectContaining({ name: 'backup-other' }),
    ]);
    for (const secret of [
      's3cr@t-canary',
      's3cr%40t-canary',
      'other-canary',
      'https://chat.example/hook/abcdef',
    ])
      expect(configuration.secrets).toContain(secret);
  });

  it('tells all faults at once, each with its path and none with a secret', () => {
    write(
      'config/sagekeep.yaml',
      [
        'databases:',
        '  sage: { url: "mysql://u:mysql-canary@h/x", rpo: soon, retention: { keepDays: -1, surprise: 1 } }',
        '  Bad Name: { url_file: nowhere }',
        'alerts: { channels: { chat: { kind: webhook, url_file: nowhere } } }',
        'wrong: true',
      ].join('\n'),
    );
    const faults = faultsOf(() => load({ SAGEKEEP_LOCK: 'ages', SAGEKEEP_PORT: '99999' }));
    expect(faults.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'databases.sage.rpo',
        'databases.sage.retention.keepDays',
        'databases.sage.retention.surprise',
        'databases.Bad Name',
        'wrong',
        'alerts.channels.chat.url_file',
        'SAGEKEEP_LOCK',
        'SAGEKEEP_PORT',
      ]),
    );
    expect(JSON.stringify(faults)).not.toContain('canary');
  });

  it('refuses a check that waits for proofs that are never made', () => {
    const config = (when: string) =>
      write(
        'config/sagekeep.yaml',
        [
          `databases: { sage: { url: "postgresql://h/x", proof: { when: ${when} } } }`,
          'alerts: { channels: { alive: { kind: healthchecks, url: "https://hc/x", provenOnly: true } } }',
        ].join('\n'),
      );
    config('never');
    expect(faultsOf(() => load({}))).toMatchObject([{ path: 'alerts.channels.alive.provenOnly' }]);
    config('every-backup');
    expect(load({}).alerts.channels).toHaveLength(1);
  });

  const to = 'from: a@example.com, to: [a@example.com]';
  it.each([
    ['{ kind: webhook, url: "chat.example/hook" }', 'url'],
    ['{ kind: webhook, url: "htps://chat.example/hook" }', 'url'],
    ['{ kind: webhook, url: "https://ann:canary@chat.example/hook" }', 'url'],
    ['{ kind: webhook, url_file: smtp-url }', 'url_file'],
    ['{ kind: healthchecks, url: "ftp://hc.example/canary" }', 'url'],
    ['{ kind: healthchecks, url: "https://canary@hc.example/ping" }', 'url'],
    [`{ kind: email, smtp: "https://mail.example", ${to} }`, 'smtp'],
  ])('refuses a channel that could never send: %s', (channel, setting) => {
    write('smtp-url', 'smtp://user:canary@mail.example:587');
    write('config/sagekeep.yaml', `alerts: { channels: { desk: ${channel} } }`);
    const faults = faultsOf(() => load({ DATABASE_URL: url }));
    expect(faults).toMatchObject([{ path: `alerts.channels.desk.${setting}` }]);
    expect(JSON.stringify(faults)).not.toContain('canary');
  });

  it.each([
    '{ kind: webhook, url: "http://127.0.0.1:9/hook" }',
    '{ kind: healthchecks, url: "https://hc.example/ping/{database}" }',
    `{ kind: email, smtp_file: smtp-url, ${to} }`,
    `{ kind: email, smtp: "smtps://mail.example", ${to} }`,
  ])('takes a channel whether or not anybody listens there: %s', (channel) => {
    write('smtp-url', 'smtp://user:password@mail.example:587');
    write('config/sagekeep.yaml', `alerts: { channels: { desk: ${channel} } }`);
    expect(load({ DATABASE_URL: url }).alerts.channels).toHaveLength(1);
  });

  it.each([
    ['databases: { sage: { url: "mysql://u:canary-pw@h/x" } }', 'databases.sage.url'],
    ['databases: { sage: {} }', 'databases.sage'],
    ['databases: { sage: { url_file: nowhere } }', 'databases.sage.url_file'],
    [
      'databases: { sage: { url: "postgresql://h/x", proof: { where: mars } } }',
      'databases.sage.proof.where',
    ],
    [
      'databases: { sage: { url: "postgresql://h/x", proof: { where: container } } }',
      'databases.sage.proof.where',
    ],
    ['databases: { sage: { url: "postgresql://h/x", run: container } }', 'databases.sage.run'],
    [
      'databases: { sage: { url: "postgresql://h/x", run: container, container: role=db } }',
      'databases.sage.run',
    ],
    ['servers: { container: { url: "postgresql://h/x" } }', 'servers.container'],
    [
      'databases: { sage: { url: "postgresql://h/x", retention: { keepDays: 0, keepLast: 0 } } }',
      'databases.sage.retention',
    ],
    [`databases: { sage: { url: "postgresql://${fromEnvironment('NOPE')}@h/x" } }`, 'databases.sage.url'],
    ['schedules: { backup: "0 2 30 2 *" }', 'schedules.backup-x'],
    ['schedules: { backup: "0 2 * *" }', 'schedules.backup'],
    ['schedules: { backup: "0 25 * * *" }', 'schedules.backup-x'],
    ['schedules: { monitor: "*/0 * * * *" }', 'schedules.monitor'],
    ['schedules: { monitor: "5-1 * * * *" }', 'schedules.monitor'],
    ['schedules: { timezone: Mars/Olympus }', 'schedules.timezone'],
    ['schedules: { monitor: { timezone: Mars/Olympus } }', 'schedules.monitor.timezone'],
    ['schedules: { backup-x: { job: cleanup, cron: "0 1 * * *" } }', 'schedules.backup-x'],
    ['schedules: { backup: { payload: { database: nope } } }', 'schedules.backup.payload.database'],
    [
      'schedules: { weekly: { job: verify, cron: "0 1 * * 1", payload: { mode: full } } }',
      'schedules.weekly.payload.database',
    ],
    ['databases: [\n', 'config/sagekeep.yaml:2'],
    ['a: 1\na: 2', 'config/sagekeep.yaml:2'],
    ['redis: { url: "http://h" }', 'redis.url'],
    ['access: { tokens: [{ name: a, role: viewer }] }', 'access.tokens.0'],
    ['queues: { concurrency: { nothing: 2 } }', 'queues.concurrency.nothing'],
  ])('names the fault of %j', (text, path) => {
    write('config/sagekeep.yaml', text);
    expect(pathsOf(() => load({ DATABASE_URL: 'postgresql://h/x' }))).toContain(path);
  });

  it('says what stands for a variable that is not set, and names no container by an empty text', () => {
    const container = '$' + '{DB_CONTAINER:-}';
    const folder = '$' + '{WHERE:-/srv/backups}';
    write(
      'config/sagekeep.yaml',
      `{ databases: { sage: { url: "${url}", container: "${container}" } }, storage: { folder: "${folder}" } }`,
    );
    const here = load({ DB_CONTAINER: 'sage-db', WHERE: '' });
    expect(here.databases[0]?.container).toBe('sage-db');
    expect(here.docker.host).toBe('/var/run/docker.sock');
    expect(here.storage.folder).toBe('/srv/backups');
    const elsewhere = load({ WHERE: '/mnt' });
    expect(elsewhere.databases[0]?.container).toBeNull();
    expect(elsewhere.docker.host).toBeNull();
    expect(elsewhere.storage.folder).toBe('/mnt');
  });

  it('that is named must be there', () => {
    expect(pathsOf(() => load({ SAGEKEEP_CONFIG: 'nowhere.yaml', DATABASE_URL: url }))).toEqual([
      'SAGEKEEP_CONFIG',
    ]);
  });
});

it('nothing to protect is a fault, unless nothing is needed', () => {
  expect(pathsOf(() => load({}))).toEqual(['databases']);
  expect(pathsOf(() => load({}, 'names'))).toEqual(['databases']);
  expect(load({}, 'optional').databases).toEqual([]);
});

it('tokens and passwords are kept as digests, and removed from logs', () => {
  const { access, secrets } = load({
    DATABASE_URL: url,
    SAGEKEEP_OPERATOR_TOKEN: 'operator-canary',
    SAGEKEEP_BOARD_PASSWORD: 'board-canary',
  });
  expect(access.tokens).toEqual([
    { name: 'operator', role: 'operator', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect(access.logins[0]).toMatchObject({ user: 'operator', role: 'operator' });
  expect(JSON.stringify(access)).not.toContain('canary');
  expect(secrets).toContain('operator-canary');
  expect(secrets).toContain('board-canary');
});

it('an empty setting of the log folder turns files off', () => {
  expect(load({ DATABASE_URL: url, SAGEKEEP_LOGS: '' }).logs.folder).toBeNull();
});

it('a secret that cannot be read is a fault, not an empty secret', () => {
  const file = write('empty', '\n');
  chmodSync(join(cwd, file), 0o600);
  expect(pathsOf(() => load({ DATABASE_URL: url, SAGEKEEP_OPERATOR_TOKEN_FILE: file }))).toEqual([
    'SAGEKEEP_OPERATOR_TOKEN_FILE',
  ]);
});

it('gives a value or its file, not both', () => {
  const file = write('url', url);
  expect(pathsOf(() => load({ DATABASE_URL: url, DATABASE_URL_FILE: file }))).toEqual(['DATABASE_URL']);
});

describe('where Docker is asked', () => {
  const told = (environment: Record<string, string>, text = '') => {
    write('config/sagekeep.yaml', text);
    return faultsOf(() => load({ DATABASE_URL: url, ...environment }));
  };
  it.each(['/run/docker.sock', 'unix:///run/docker.sock', 'tcp://docker-proxy:2375', 'tcp://10.0.0.7'])(
    'may be %s',
    (host) => {
      expect(load({ DATABASE_URL: url, DOCKER_HOST: host }).docker.host).toBe(host);
    },
  );
  it('may be a socket, whatever is said of TLS for other hosts', () => {
    const DOCKER_HOST = 'unix:///run/docker.sock';
    expect(load({ DATABASE_URL: url, DOCKER_HOST, DOCKER_TLS_VERIFY: '1' }).docker.host).toBe(DOCKER_HOST);
  });
  it.each([
    [
      { DOCKER_HOST: 'ssh://root@db1' },
      /^"ssh:\/\/" is not spoken here\. Forward the engine's socket \(ssh -nNT -L/,
    ],
    [{ DOCKER_HOST: 'tcp://db1:2376' }, /^Docker's API behind TLS is not spoken here\. Forward/],
    [{ DOCKER_HOST: 'tcp://db1:2375', DOCKER_TLS_VERIFY: '1' }, /behind TLS/],
    [{ DOCKER_HOST: 'https://db1:2375' }, /behind TLS/],
    [{ DOCKER_HOST: 'db1:2375' }, /^is neither the path of a socket/],
    [{ DOCKER_HOST: 'npipe:////./pipe/docker_engine' }, /^is neither the path of a socket/],
  ])('cannot be %o, and that is said at start', (environment, message) => {
    expect(told(environment)).toEqual([{ path: 'DOCKER_HOST', message: expect.stringMatching(message) }]);
  });
  it('is told of by the name of the setting that says so', () => {
    const inFile = told({}, 'docker: { host: "ssh://db1" }');
    expect(inFile).toEqual([{ path: 'docker.host', message: expect.stringContaining('ssh -nNT') }]);
  });
});

describe('labelled containers', () => {
  const docker = (environment: Record<string, string>, text = '') => {
    write('config/sagekeep.yaml', text);
    return load({ DATABASE_URL: url, ...environment }).docker;
  };
  it('are looked for where Docker is asked, by a label of choice, or not at all', () => {
    const DOCKER_HOST = 'tcp://proxy:2375';
    expect(docker({})).toEqual({ host: null, labels: null });
    expect(docker({ DOCKER_HOST })).toEqual({ host: DOCKER_HOST, labels: 'sagekeep.enable=true' });
    expect(docker({ DOCKER_HOST }, 'docker: { labels: false }').labels).toBeNull();
    const own = { host: '/var/run/docker.sock', labels: 'sagekeep.enable=blue' };
    expect(docker({}, 'docker: { labels: "sagekeep.enable=blue" }')).toEqual(own);
  });
  it('may be all there is to protect', () => {
    write(
      'config/sagekeep.yaml',
      'docker: { labels: "sagekeep.enable=true" }\nschedules: { backup: "0 2 * * *" }',
    );
    const { databases, schedules, perDatabase } = load({});
    expect(databases).toEqual([]);
    expect(schedules.map(({ name }) => name)).toEqual(['cleanup', 'monitor', 'scrub']);
    expect(schedulesFor(perDatabase, [{ name: 'shop' }])).toMatchObject([
      { name: 'backup-shop', payload: { database: 'shop' }, enabled: true },
      { name: 'drill-shop', payload: { database: 'shop', backup: 'latest' }, enabled: false },
    ]);
  });
  it('are named by a label, not by a word', () => {
    write('config/sagekeep.yaml', 'docker: { labels: sagekeep }');
    expect(pathsOf(() => load({ DATABASE_URL: url }))).toEqual(['docker.labels']);
  });
});

it('the example configuration is one', () => {
  const example = join(import.meta.dirname, '../../../../config/sagekeep.example.yaml');
  const secrets = [
    'rescue_url',
    'chat_url',
    'healthchecks_url',
    'smtp_url',
    'operator_token',
    'anna_password',
  ];
  const text = readFileSync(example, 'utf8').replaceAll('/run/secrets/', '');
  write('config/sagekeep.yaml', text);
  const urls: Record<string, string> = {
    rescue_url: url,
    smtp_url: 'smtp://sagekeep:secret-of-it@example.com',
  };
  for (const name of secrets) write(name, urls[name] ?? 'https://example.com/secret-of-it');
  const configuration = load({ SAGE_PASSWORD: 'whatever-it-is' });
  expect(configuration.databases[0]?.container).toBe('sage-db');
  expect(configuration.schedules.filter(({ enabled }) => enabled).map(({ name }) => name)).toEqual([
    'backup-sage',
    'cleanup',
    'monitor',
    'drill-sage',
    'scrub',
    'weekly-look',
  ]);
  expect(configuration.alerts.channels).toHaveLength(4);
});
