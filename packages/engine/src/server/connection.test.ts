import { describe, expect, it } from 'vitest';
import { describeConnection, parseDatabaseUrl, urlInside, urlOnDatabase } from './connection.ts';

describe('a database URL', () => {
  it('is read into its parts, percent-decoded', () => {
    expect(
      parseDatabaseUrl('postgres://us%40er:p%2Fw%3A%20d@db.example:6432/na%22me%3D%20%F0%9F%98%80'),
    ).toMatchObject({
      ...{ host: 'db.example', port: 6432, user: 'us@er', password: 'p/w: d', dbname: 'na"me= 😀' },
      ...{ sslMode: 'prefer', sslRootCert: null },
    });
  });

  it.each([
    ['postgres://sage@localhost', { user: 'sage', dbname: 'sage', port: 5432, password: null }],
    ['postgresql://localhost/db', { user: 'postgres', dbname: 'db' }],
    ['postgres://u:p@[::1]:5433/db', { host: '::1', port: 5433 }],
    ['postgres://u@/db?host=/var/run/postgresql', { host: '/var/run/postgresql', dbname: 'db' }],
    ['postgres:///db?host=%2Ftmp%2Fa%20b&port=5434', { host: '/tmp/a b', port: 5434 }],
    ['postgres://u:100%@h/50%', { password: '100%', dbname: '50%' }],
    [
      'postgres://h/db?sslmode=verify-full&sslrootcert=/etc/ca.pem',
      { sslMode: 'verify-full', sslRootCert: '/etc/ca.pem' },
    ],
  ])('%s', (url, parts) => {
    expect(parseDatabaseUrl(url)).toMatchObject(parts);
  });

  it.each([
    'mysql://u:secret@h/db',
    'secret',
    'postgres://u:secret@h:99999/db',
    'postgres://u:secret@h/db?sslmode=maybe',
  ])('%s is refused without repeating it', (url) => {
    const refusal = (() => {
      try {
        return parseDatabaseUrl(url);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(refusal).toMatchObject({ code: 'CONFIGURATION_INVALID', retryable: false });
    expect(JSON.stringify(refusal) + (refusal as Error).message).not.toContain('secret');
  });

  it('is described without its password', () => {
    expect(describeConnection(parseDatabaseUrl('postgres://u:secret@[::1]:5433/db'))).toBe('u@[::1]:5433');
  });
});

describe('a URL for another database', () => {
  it.each([
    'postgres://u:p%2Fw@/db?host=/var/run/postgresql',
    'postgres:///db?host=%2Ftmp%2Fa%20b&port=5434&dbname=other',
    'postgres://u@h:1/db?sslmode=disable',
  ])('%s keeps all the rest', (url) => {
    const name = 'live_before_"x" 😀';
    expect(parseDatabaseUrl(urlOnDatabase(url, name))).toEqual({ ...parseDatabaseUrl(url), dbname: name });
  });
});

describe('a server that only its container reaches', () => {
  const inside = { dockerHost: 'tcp://docker-proxy:2375', container: 'sage-db' };
  const connection = parseDatabaseUrl(urlInside('postgres://u:p%2Fw@127.0.0.1/db?sslmode=disable', inside));

  it('keeps all the rest of its URL, and is shown with its container', () => {
    expect(connection).toMatchObject({ inside, password: 'p/w', dbname: 'db', sslMode: 'disable' });
    expect(describeConnection(connection)).toBe('u@127.0.0.1:5432 inside sage-db');
    expect(parseDatabaseUrl('postgres://u@127.0.0.1/db').inside).toBeNull();
  });
});
