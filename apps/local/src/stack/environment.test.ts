import { expect, test } from 'vitest';
import { apiEnvironment, type StackSettings, stackEnvironment } from './environment.ts';

const settings: StackSettings = {
  environment: {
    PATH: '/bin',
    PGHOST: 'elsewhere',
    PGPASSWORD: 'x',
    DATABASE_URL: 'postgresql://u:p@h/d',
    NOTHING: undefined,
  },
  redisUrl: 'redis://:r@127.0.0.1:1',
  configurationFile: null,
  access: { operator: 'o', viewer: 'v', board: 'b' },
};

test('both processes get the user’s environment without what would bend every connection', () => {
  expect(stackEnvironment(settings)).toEqual({
    PATH: '/bin',
    DATABASE_URL: 'postgresql://u:p@h/d',
    REDIS_URL: 'redis://:r@127.0.0.1:1',
    SAGEKEEP_SHUTDOWN_GRACE: '2s',
  });
});

test('the API learns a database’s name and never its URL', () => {
  const environment = apiEnvironment(settings, { port: 8421, databases: ['d'] });
  expect(environment).toMatchObject({
    SAGEKEEP_DATABASE: 'd',
    SAGEKEEP_HOST: '127.0.0.1',
    SAGEKEEP_PORT: '8421',
  });
  expect(JSON.stringify(environment)).not.toContain('u:p@h');
});

test('with a configuration file the names stand there', () => {
  const withFile = { ...settings, environment: { PATH: '/bin' }, configurationFile: '/x/sagekeep.yaml' };
  const environment = apiEnvironment(withFile, { port: 8421, databases: ['sage'] });
  expect(environment['SAGEKEEP_CONFIG']).toBe('/x/sagekeep.yaml');
  expect(environment).not.toHaveProperty('SAGEKEEP_DATABASE');
});

test('what the user set about shutdown stays, and a Redis of theirs too', () => {
  const environment = { SAGEKEEP_SHUTDOWN_GRACE: '9s', REDIS_URL: 'redis://theirs' };
  expect(stackEnvironment({ ...settings, environment, redisUrl: null })).toEqual(environment);
});
