import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '@sagekeep/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Checkout, checkoutAt } from '../checkout.ts';
import { sampleConfiguration } from './configurationFile.ts';
import { whatIsGiven } from './given.ts';

let checkout: Checkout;
beforeEach(() => {
  checkout = checkoutAt(mkdtempSync(join(tmpdir(), `sage $\{HOME} `)));
});
afterEach(() => rmSync(checkout.root, { recursive: true, force: true }));

function configure(text: string): void {
  mkdirSync(join(checkout.root, 'config'));
  writeFileSync(join(checkout.root, 'config/sagekeep.yaml'), text);
}

test('nothing is given: both servers are ours; an empty variable gives nothing', () => {
  expect(whatIsGiven({ DATABASE_URL: '', REDIS_URL: '' }, checkout)).toEqual({
    postgres: false,
    redis: false,
  });
});

test('each is given by its URL or a file with it', () => {
  expect(whatIsGiven({ DATABASE_URL: 'postgresql://h/d' }, checkout)).toEqual({
    postgres: true,
    redis: false,
  });
  expect(whatIsGiven({ REDIS_URL_FILE: '/run/secrets/redis' }, checkout)).toEqual({
    postgres: false,
    redis: true,
  });
});

test('a configuration file names the databases, and a Redis only when it says so', () => {
  configure('databases: { app: { url: "postgresql://u@h/d" } }\n');
  expect(whatIsGiven({}, checkout)).toEqual({ postgres: true, redis: false });
  writeFileSync(
    join(checkout.root, 'config/sagekeep.yaml'),
    'databases: { app: { url: "postgresql://u@h/d" } }\nredis: { url: "redis://cache:6379" }\n',
  );
  expect(whatIsGiven({}, checkout)).toEqual({ postgres: true, redis: true });
});

test('the sample’s configuration is one that both processes accept, wherever the checkout is', () => {
  const urlFile = join(checkout.root, 'sage "quoted".url');
  writeFileSync(urlFile, 'postgresql://sage:secret@127.0.0.1:1/sage_memory\n');
  configure(sampleConfiguration({ urlFile, schema: join(checkout.root, 'config/sage.sql') }));
  const load = (databases: 'urls' | 'names') =>
    loadConfiguration({ environment: {}, cwd: checkout.root, needs: { databases } }).databases[0];
  expect(load('urls')).toMatchObject({
    name: 'sage',
    url: 'postgresql://sage:secret@127.0.0.1:1/sage_memory',
    expect: { schema: join(checkout.root, 'config/sage.sql'), coverage: [90, 70] },
  });
  expect(load('names')).toMatchObject({ name: 'sage', url: null });
});
