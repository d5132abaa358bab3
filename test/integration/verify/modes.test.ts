import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  administer,
  createDatabase,
  createRole,
  startPrivatePostgres,
  withParts,
} from '../../support/servers.ts';
import { ask, noExpectations } from './harness.ts';

describe('quick mode', () => {
  it('reads no user table', async () => {
    await using database = await createDatabase({ template: 'sample' });
    const scans = `
      select coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::int as scans, sum(n_live_tup) as rows
      from pg_stat_user_tables`;
    let before: unknown;
    let after: unknown;
    await administer(async (client) => {
      await client.query('select count(*) from memories');
      await client.query('select pg_stat_force_next_flush()');
      before = (await client.query(scans)).rows[0];
    }, database.url);
    const result = await ask(database.ownerUrl, { mode: 'quick' });
    await administer(async (client) => {
      after = (await client.query(scans)).rows[0];
    }, database.url);
    expect(result.findings.length).toBeGreaterThan(35);
    expect(before).toMatchObject({ scans: 1 });
    expect(after).toEqual(before);
  });

  it('comes to its end while every table is locked, and blames no table for it', async () => {
    await using database = await createDatabase({ template: 'sample' });
    const locker = new pg.Client({ connectionString: database.url });
    await locker.connect();
    await locker.query('begin; lock table memories, sessions in access exclusive mode');
    const result = await ask(database.ownerUrl, { mode: 'quick' });
    await locker.end();
    expect(result.withStatus('fail')).toEqual(['performance.backup']);
    expect(result.finding('structure.columns').status).toBe('pass');
    expect(result.finding('performance.largest').value).toMatch(/another session holds a lock/);
  });

  it('takes coverage from the planner statistics and says so', async () => {
    await using database = await createDatabase({ template: 'sample' });
    expect((await ask(database.ownerUrl, { mode: 'quick' })).finding('pgvector.coverage')).toMatchObject({
      status: 'skip',
      value: expect.stringContaining('never analysed'),
    });
    await administer((client) => client.query('analyze'), database.url);
    const value = (await ask(database.ownerUrl, { mode: 'quick' })).finding('pgvector.coverage').value;
    expect(value).toMatch(/about 93\.\d % \(planner statistics of \d{4}-/);
  });
});

describe('a database that cannot be asked', () => {
  it.each([
    ['a port where nobody listens', (url: string) => url.replace(/:\d+\//, ':9/'), /ECONNREFUSED/],
    [
      'a wrong password',
      (url: string) => withParts(url, { user: 'sage', password: 'not-the-password' }),
      /password authentication failed/,
    ],
    ['a dbname that is not there', (url: string) => `${url}_gone`, /does not exist/],
  ])('is a failed finding for %s, and the rest is skipped with the reason', async (_what, change, says) => {
    await using database = await createDatabase({ template: 'sample' });
    const result = await ask(change(database.ownerUrl));
    expect(result.finding('connection.answers')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(says),
    });
    expect(result.status).toBe('fail');
    expect(result.withStatus('pass')).toEqual([]);
    expect(result.finding('structure.tables').value).toBe('the database does not answer');
    expect(JSON.stringify([result.findings, result.report, result.log])).not.toContain('not-the-password');
  });

  it('cannot run without a URL, or for a name that is not configured', async () => {
    await expect(ask(null)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    await expect(ask('postgres://x', { config: { name: 'other' } })).rejects.toMatchObject({
      code: 'UNKNOWN_DATABASE',
    });
  });

  it('does not say that it answers when the connection is lost on the way', async () => {
    await using server = await startPrivatePostgres();
    const result = await ask(server.url, {
      expect: noExpectations,
      onBorder: () => server.signal('SIGQUIT'),
    });
    expect(result.finding('connection.answers')).toMatchObject({
      status: 'fail',
      value: 'it answered first, then the connection was lost',
    });
    expect(result.finding('performance.cache').value).toMatch(/connection was lost/);
  });

  it('ends with the reason of the signal', async () => {
    await using database = await createDatabase({ template: 'sample' });
    const control = new AbortController();
    const reason = new Error('cancelled by ada');
    const onBorder = async () => control.abort(reason);
    await expect(ask(database.url, { signal: control.signal, onBorder })).rejects.toBe(reason);
  });
});

describe('a role with few rights', () => {
  it('is told what it may not ask and what to grant', async () => {
    await using database = await createDatabase({ template: 'sample' });
    await administer((client) => client.query('create extension amcheck'), database.url);
    await using role = await createRole();
    const url = withParts(database.url, { user: role.name, password: role.password });
    const result = await ask(url);
    expect(result.finding('rights.read')).toMatchObject({
      status: 'fail',
      value: expect.stringContaining('public.memories'),
    });
    expect(result.finding('rights.restore').value).toMatch(/lacks CREATEDB, membership in sage/);
    expect(result.finding('consistency.heap')).toMatchObject({
      status: 'skip',
      advice: expect.stringContaining('GRANT EXECUTE'),
    });
    expect(result.finding('consistency.readable')).toMatchObject({
      status: 'skip',
      value: expect.stringContaining('permission denied'),
    });
  });
});

describe('an ordinary role', () => {
  const quick = { mode: 'quick', expect: noExpectations } as const;

  it('is told that transactions of others are hidden from it, and which grant shows them', async () => {
    await using database = await createDatabase();
    await using role = await createRole();
    const url = withParts(database.url, { user: role.name, password: role.password });
    const check = 'connection.long-transactions';
    expect((await ask(url, quick)).finding(check)).toMatchObject({ status: 'pass', value: 'none' });
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    const hidden = await ask(url, quick);
    await administer((client) => client.query(`grant pg_read_all_stats to ${role.name}`));
    const shown = await ask(url, quick);
    await other.end();
    expect(hidden.finding(check)).toMatchObject({
      status: 'skip',
      value: `none that is seen; 1 session of others hidden from ${role.name}`,
      advice: `GRANT pg_read_all_stats TO ${role.name}`,
    });
    expect(shown.finding(check)).toMatchObject({ status: 'pass', value: 'none' });
  });

  it('is told which sequences it may not read, beside those that it may', async () => {
    await using role = await createRole();
    await using database = await createDatabase();
    const url = withParts(database.url, { user: role.name, password: role.password });
    const run = (text: string) => administer((client) => client.query(text), database.url);
    const check = 'structure.sequences-end';
    await run(`create sequence secret maxvalue 100; select setval('secret', 99); create sequence secret_too;
      create sequence untouched; grant usage on sequence untouched to ${role.name}`);
    expect((await ask(url, quick)).finding(check)).toMatchObject({
      status: 'skip',
      value: `not read: public.secret, public.secret_too (permission denied for ${role.name})`,
      advice: expect.stringContaining(`TO ${role.name}`),
    });
    await run(`grant select on sequence secret to ${role.name}`);
    expect((await ask(url, quick)).finding(check)).toMatchObject({
      status: 'fail',
      value: `public.secret 99.0 %; not read: public.secret_too (permission denied for ${role.name})`,
    });
    await run(`select setval('secret', 5); grant select on sequence secret_too to ${role.name}`);
    expect((await ask(url, quick)).finding(check)).toMatchObject({ status: 'pass' });
  });
});

it.each([
  ["VALID UNTIL '2020-01-01'", 'fail'],
  [`VALID UNTIL '${new Date(Date.now() + 5 * 24 * 3_600_000).toISOString()}'`, 'warn'],
  ["VALID UNTIL '2100-01-01'", 'pass'],
  ['', 'pass'],
])('looks when the password of the role ends: %s', async (attributes, status) => {
  await using database = await createDatabase({ template: 'sample' });
  await using role = await createRole('');
  const url = withParts(database.url, { user: role.name, password: role.password });
  // A password that has ended lets nobody in: it ends while the session stands.
  const onBorder = () => administer((client) => client.query(`alter role ${role.name} ${attributes}`));
  const result = await ask(url, { mode: 'quick', onBorder });
  expect(result.finding('rights.role').status).toBe(status);
});

it('the disk of a server on this machine is looked at by who may ask for it', async () => {
  await using database = await createDatabase();
  const own = (await ask(database.url, { mode: 'quick', expect: noExpectations })).finding(
    'performance.disk',
  );
  expect(own.measures?.['totalBytes']).toBeGreaterThan(own.measures?.['freeBytes'] ?? 0);
  expect(own.value).toMatch(/% used, .* GB free/);
  await using role = await createRole();
  const url = withParts(database.url, { user: role.name, password: role.password });
  const other = await ask(url, { mode: 'quick', expect: noExpectations });
  expect(other.finding('performance.disk')).toMatchObject({ status: 'skip' });
});
