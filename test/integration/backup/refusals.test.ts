import { describe, expect, it } from 'vitest';
import { administer, createDatabase, createRole, postgresUrl, withParts } from '../../support/servers.ts';
import { createSubject, type Subject, testContext } from './harness.ts';

const nothing = { listed: [], attempts: 0, damaged: 0 };

async function refused(subject: Subject, expected: object): Promise<string> {
  const error: unknown = await subject.backup().then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject(expected);
  expect(await subject.left()).toEqual(nothing);
  return (error as Error).message;
}

describe('what a retry cannot mend is said at once', () => {
  it('a wrong password, which no message repeats', async () => {
    await using database = await createDatabase({ template: 'sample' });
    const secret = 'c4nary/pass word';
    await using subject = await createSubject(withParts(database.ownerUrl, { password: secret }));
    const message = await refused(subject, { code: 'AUTHENTICATION_FAILED', retryable: false });
    expect(message).not.toContain('c4nary');
  });

  it('a dbname that does not exist', async () => {
    const url = new URL(postgresUrl());
    url.pathname = '/nobody_has_this';
    await using subject = await createSubject(url.href);
    await refused(subject, { code: 'DATABASE_MISSING', retryable: false });
  });

  it('a database that is not configured, with the names that are', async () => {
    await using subject = await createSubject(postgresUrl());
    await expect(subject.backup(testContext(), { database: 'other' })).rejects.toMatchObject({
      code: 'UNKNOWN_DATABASE',
      advice: expect.stringContaining('subject'),
    });
  });

  it('a server that is away, which is worth a retry', async () => {
    const url = new URL(postgresUrl());
    url.port = '1';
    await using subject = await createSubject(url.href);
    await refused(subject, { code: 'SERVER_UNREACHABLE', retryable: true });
  });
});

describe('what the user of the backup may not read is named', () => {
  const setUp = async (statements: string) => {
    const role = await createRole();
    const database = await createDatabase();
    const name = role.name;
    await administer((client) => client.query(statements.replaceAll('ROLE', name)), database.url);
    const subject = await createSubject(withParts(database.url, { user: name, password: role.password }));
    const dispose = async () => {
      await subject[Symbol.asyncDispose]();
      await database.drop();
      await role.drop();
    };
    return { subject, [Symbol.asyncDispose]: dispose };
  };

  it.each([
    ['a table', 'create table "se cret" (a int)', 'table public."se cret"'],
    ['a sequence', 'create sequence s', 'sequence public.s'],
    [
      'a schema',
      'create schema private; create table private.t (a int); grant select on private.t to ROLE',
      'schema private',
    ],
    ['a large object', `select lo_from_bytea(77, 'x')`, 'large object 77'],
    [
      'rows hidden by row-level security',
      'create table t (a int); alter table t enable row level security; grant select on t to ROLE',
      'table public.t',
    ],
  ])('%s', async (_, statements, named) => {
    await using given = await setUp(statements);
    const message = await refused(given.subject, { code: 'PERMISSION_MISSING', retryable: false });
    expect(message).toContain(named);
  });

  it('and what it may read by grants is backed up', async () => {
    await using given = await setUp(`
      create table t (a int); insert into t values (1); create sequence s; select lo_from_bytea(78, 'x');
      grant select on t, s to ROLE; grant select on large object 78 to ROLE`);
    const { inventory } = (await given.subject.backup()).manifest;
    expect(inventory.tables).toMatchObject([{ name: 'public.t', rows: 1 }]);
    expect(inventory.largeObjects.count).toBe(1);
  });
});

describe('cancelling', () => {
  it.each(['preflight', 'snapshot', 'dump', 'globals', 'store', 'derive', 'check'])(
    'after %s leaves nothing',
    async (phase) => {
      await using database = await createDatabase({ template: 'sample' });
      await using subject = await createSubject(database.url);
      const controller = new AbortController();
      const reason = new Error(`cancelled after ${phase}`);
      const context = testContext({
        signal: controller.signal,
        onBorder: (name) => (name === `backup:${phase}` ? controller.abort(reason) : undefined),
      });
      await expect(subject.backup(context)).rejects.toBe(reason);
      expect(await subject.left()).toEqual(nothing);
    },
  );
});
