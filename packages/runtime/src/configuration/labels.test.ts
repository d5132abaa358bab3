import type { DatabaseRecord, LabelledContainer } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { databaseOf } from './databases.ts';
import { readLabelled, withLabelled } from './labelled.ts';
import { type Around, readLabels } from './labels.ts';

const password = 'p@ss:w/rd-canary';

function container(changes: Partial<LabelledContainer> = {}): LabelledContainer {
  return {
    id: 'c1',
    name: 'shop-db',
    state: 'running',
    labels: { 'sagekeep.enable': 'true' },
    postgres: { POSTGRES_PASSWORD: password, POSTGRES_USER: 'shop', POSTGRES_DB: 'shop_live' },
    networks: { bridge: '172.17.0.5' },
    published: {},
    ...changes,
  };
}

const labels = (more: Record<string, string>) => ({
  labels: {
    'sagekeep.enable': 'true',
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [`sagekeep.${name}`, value])),
  },
});

const onTheHost: Around = { self: null, readSecret: () => null };
const inside = (...networks: string[]): Around => ({
  self: { name: 'worker-1', networks },
  readSecret: () => null,
});
const withFile: Around = {
  ...onTheHost,
  readSecret: (name) => (name === 'shop_url' ? 'postgresql://a:bcdefgh@elsewhere:6000/x' : null),
};

/** The URL without its password; throws when there is none. */
function urlOf(changes: Partial<LabelledContainer>, around: Around = onTheHost): string {
  const { outcome } = readLabels(container(changes), around);
  if (outcome.state !== 'ready') throw new Error(outcome.why);
  return (outcome.config.url ?? '').replace(encodeURIComponent(password), '***');
}

function troubleOf(changes: Partial<LabelledContainer>, around: Around = onTheHost) {
  const { outcome } = readLabels(container(changes), around);
  if (outcome.state === 'ready') throw new Error('it was accepted');
  return outcome;
}

describe('the URL of a labelled container', () => {
  const published = { '5432': { host: '127.0.0.1', port: 54321 } };
  it.each<[string, Partial<LabelledContainer>, Around, string]>([
    ['its address', {}, onTheHost, 'postgresql://shop:***@172.17.0.5:5432/shop_live'],
    ['a published port', { published }, onTheHost, 'postgresql://shop:***@127.0.0.1:54321/shop_live'],
    [
      'the network of the host',
      { networks: { host: '' } },
      onTheHost,
      'postgresql://shop:***@127.0.0.1:5432/shop_live',
    ],
    [
      'its name on a shared network',
      { networks: { other: '10.0.0.2', mine: '10.1.0.2' }, published },
      inside('private', 'mine'),
      'postgresql://shop:***@shop-db:5432/shop_live',
    ],
    [
      'its address on the default network',
      {},
      inside('bridge'),
      'postgresql://shop:***@172.17.0.5:5432/shop_live',
    ],
    [
      'from inside',
      { ...labels({ run: 'container' }), postgres: { POSTGRES_PASSWORD_FILE: '/run/secrets/p' } },
      inside('private'),
      'postgresql://postgres@127.0.0.1:5432/postgres',
    ],
    [
      'labels before variables',
      labels({ user: 'keeper', dbname: 'other', port: '6543' }),
      onTheHost,
      'postgresql://keeper:***@172.17.0.5:6543/other',
    ],
    [
      "the image's own defaults",
      { postgres: { POSTGRES_PASSWORD: password } },
      onTheHost,
      'postgresql://postgres:***@172.17.0.5:5432/postgres',
    ],
    [
      'the user for a dbname',
      { postgres: { POSTGRES_PASSWORD: password, POSTGRES_USER: 'shop' } },
      onTheHost,
      'postgresql://shop:***@172.17.0.5:5432/shop',
    ],
    [
      'no password where none is asked for',
      { postgres: { POSTGRES_HOST_AUTH_METHOD: 'trust' } },
      onTheHost,
      'postgresql://postgres@172.17.0.5:5432/postgres',
    ],
    ['a file', labels({ url_file: 'shop_url' }), withFile, 'postgresql://a:bcdefgh@elsewhere:6000/x'],
  ])('%s', (_what, changes, around, url) => {
    expect(urlOf(changes, around)).toBe(url);
  });
});

it('carries the container, how tools run, and every form of the password as a secret', () => {
  const { name, outcome } = readLabels(container(labels({ database: 'shop', run: 'container' })), onTheHost);
  expect(name).toBe('shop');
  if (outcome.state !== 'ready') throw new Error(outcome.why);
  expect(outcome.config).toMatchObject({ name: 'shop', container: 'shop-db', run: 'container' });
  expect(outcome.secrets).toEqual(expect.arrayContaining([password, encodeURIComponent(password)]));
});

it.each([
  ['shop-db', 'shop-db'],
  ['My.Project_DB-1', 'my-project_db-1'],
  ['_x', 'x'],
  ['...', 'database'],
])('a container named %s is the database %s', (name, database) => {
  expect(readLabels(container({ name }), onTheHost).name).toBe(database);
});

describe('refused, with what to do', () => {
  it.each<[string, Partial<LabelledContainer>, string, string]>([
    ['a name that is none', labels({ database: 'My Shop' }), 'is no name', 'sagekeep.database=shop-db'],
    [
      'a way that is none',
      labels({ run: 'exec\nok' }),
      'sagekeep.run means nothing: "exec\\nok"',
      'network or container',
    ],
    ['a port that is none', labels({ port: '70000' }), 'no port', 'sagekeep.port'],
    ['a path for a file', labels({ url_file: '../etc/shadow' }), 'no bare file name', 'without its folder'],
    ['a hidden name for a file', labels({ url_file: '..' }), 'no bare file name', 'without its folder'],
    ['a file that is not there', labels({ url_file: 'gone' }), 'no file gone', 'data/secrets/worker/gone'],
    [
      'a password in a file of its own',
      { postgres: { POSTGRES_PASSWORD_FILE: '/run/secrets/p' } },
      'POSTGRES_PASSWORD_FILE',
      'sagekeep.url_file=NAME',
    ],
    ['no password at all', { postgres: {} }, 'no POSTGRES_PASSWORD', 'sagekeep.url_file=NAME'],
  ])('%s', (_what, changes, why, advice) => {
    const outcome = troubleOf(changes);
    expect(outcome.state).toBe('refused');
    expect(outcome.why).toContain(why);
    expect(outcome.advice).toContain(advice);
  });

  it('a file that holds no URL, without telling what it holds', () => {
    const outcome = troubleOf(labels({ url_file: 'x' }), { ...onTheHost, readSecret: () => 'canary-secret' });
    expect(outcome).toMatchObject({ state: 'refused', why: expect.stringContaining('not one like') });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });
});

describe('unreachable, with what to do', () => {
  it.each<[string, Partial<LabelledContainer>, Around, string, string]>([
    ['one that is stopped', { state: 'exited' }, onTheHost, 'exited', 'docker start shop-db'],
    [
      'one on another network',
      { networks: { shop_default: '10.0.0.2' } },
      inside('private'),
      'no network',
      'docker network connect shop_default worker-1',
    ],
    ['one without any network', { networks: { none: '' } }, inside('private'), 'no network', 'sagekeep.run'],
    ['one without an address', { networks: { none: '' } }, onTheHost, 'no address', 'publish its port'],
  ])('%s', (_what, changes, around, why, advice) => {
    const outcome = troubleOf(changes, around);
    expect(outcome.state).toBe('unreachable');
    expect(outcome.why).toContain(why);
    expect(outcome.advice).toContain(advice);
  });
});

describe('several', () => {
  const named = (id: string, changes: Partial<LabelledContainer> = {}) =>
    container({ id, name: id, ...labels({ database: 'shop' }), ...changes });
  const states = (all: LabelledContainer[], configured = [databaseOf('sage', {}, null)]) =>
    readLabelled(all, configured, onTheHost).map(({ container, outcome }) => `${container} ${outcome.state}`);

  it('running under one name are refused, both named', () => {
    const found = readLabelled([named('a'), named('b')], [], onTheHost);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ container: 'a, b', outcome: { state: 'refused' } });
  });
  it('do not hinder one another when only one of them runs', () => {
    expect(states([named('a', { state: 'exited' }), named('b')])).toEqual(['b ready']);
  });
  it('are told apart from a database in the file: its name is taken, and its container is its own', () => {
    expect(states([named('a', labels({ database: 'sage' }))])).toEqual(['a refused']);
    expect(states([named('a')], [databaseOf('sage', { container: 'a' }, null)])).toEqual([]);
  });
});

describe('what is known', () => {
  const record: DatabaseRecord = {
    version: 1,
    id: 'shop',
    name: 'shop',
    container: 'shop-db',
    containerId: 'c1',
    dbname: 'shop_live',
    state: 'ready',
    why: null,
    advice: null,
    since: '2026-11-22T12:00:00.000Z',
    seenAt: '2026-11-22T12:00:00.000Z',
  };
  const sage = databaseOf('sage', {}, 'postgresql://sage@db/sage');

  it('is what the file names, and by record what is labelled, with a URL only where it is reached', () => {
    const here = new Map([['shop', databaseOf('shop', {}, 'postgresql://shop@db/shop')]]);
    const both = [record, { ...record, id: 'far', name: 'far' }];
    const known = withLabelled([sage], { items: both, damaged: [] }, here);
    expect(known.map(({ name, url }) => `${name} ${url !== null}`)).toEqual([
      'sage true',
      'shop true',
      'far false',
    ]);
    expect(known[2]?.unreachable?.why).toContain('not known to the Docker');
  });
  it('leaves out a second holder of a name, and prefers the file', () => {
    const second = { ...record, id: 'shop@other', container: 'other' };
    const ofFile = { ...record, id: 'sage', name: 'sage' };
    expect(withLabelled([sage], { items: [second, ofFile], damaged: ['shop@more'] })).toEqual([sage]);
  });
  it('goes on to know one whose record is damaged', () => {
    const known = withLabelled([sage], { items: [], damaged: ['sage', 'shop'] });
    expect(known.map(({ name }) => name)).toEqual(['sage', 'shop']);
    expect(known[1]?.unreachable?.why).toContain('is damaged');
  });
  it('says of one that is gone what became of it', () => {
    const items = [{ ...record, state: 'gone' as const, why: 'it was removed', advice: 'a' }];
    const [, gone] = withLabelled([sage], { items, damaged: [] });
    expect(gone?.unreachable).toEqual({
      why: 'The container shop-db of shop is gone: it was removed.',
      advice: 'a',
    });
  });
});
