import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { connectionAnswers } from '../../../packages/engine/src/verify/checks/connection.answers.ts';
import { pgvectorRecall } from '../../../packages/engine/src/verify/checks/pgvector.recall.ts';
import { createProbe } from '../../../packages/engine/src/verify/createProbe.ts';
import { limitsOf } from '../../../packages/engine/src/verify/limits.ts';
import { openSession } from '../../../packages/engine/src/verify/openSession.ts';
import { runChecks } from '../../../packages/engine/src/verify/runChecks.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { ask, configOf, noExpectations, vaultIn } from './harness.ts';

/** An index over a function of the users: the recall check has to call it. */
const indexed = `
  create extension vector;
  create sequence counter;
  create function called(v vector) returns vector immutable language plpgsql as 'begin return v; end';
  create table notes (v vector(3));
  insert into notes select array[i, 1, 2]::vector from generate_series(1, 50) i;
  create index notes_called on notes using hnsw ((called(v)::vector(3)) vector_l2_ops)`;

const replacing = (body: string) => `
  create or replace function called(v vector) returns vector immutable language plpgsql as
    $$ begin ${body}; return v; end $$`;

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
  await administer((client) => client.query(indexed), database.url);
});
afterEach(() => database.drop());

const change = (text: string) => administer((client) => client.query(text), database.url);

describe('full mode', () => {
  it('calls what an index is made of, in a transaction that only reads and within its limits', async () => {
    const { finding } = await ask(database.url, { expect: noExpectations });
    expect(finding('pgvector.recall')).toMatchObject({ status: 'pass' });
    const settings = ['transaction_read_only', 'statement_timeout', 'lock_timeout'];
    await change(
      replacing(
        `raise exception 'bounds: %', array[${settings.map((name) => `current_setting('${name}')`).join()}]`,
      ),
    );
    const bounded = await ask(database.url, { expect: noExpectations });
    expect(bounded.finding('pgvector.recall').value).toContain('bounds: {on,2min,500ms}');
  });

  it('is refused what would write, and says that it could not ask', async () => {
    await change(replacing(`perform nextval('public.counter')`));
    const result = await ask(database.url, { expect: noExpectations });
    expect(result.finding('pgvector.recall')).toMatchObject({
      status: 'skip',
      value: expect.stringMatching(/not read: public\.notes_called \(it would have had to write/),
      advice: expect.stringContaining('function'),
    });
    let used: unknown;
    await administer(async (client) => {
      used = (await client.query('select is_called from counter')).rows;
    }, database.url);
    expect(used).toEqual([{ is_called: false }]);
  });
});

it('a statement that takes longer than allowed is ended and told as not asked, and the next check is asked', async () => {
  await change(replacing('perform pg_sleep(600)'));
  using folder = temporaryFolder();
  const { signal } = new AbortController();
  const connection = parseDatabaseUrl(database.url);
  const bounds = { ...limitsOf.full, statementMs: 2_000 };
  const opened = await openSession({ connection, limits: bounds, applicationName: 'bounds', signal });
  await using session = opened.session;
  const { probe, start } = createProbe({
    vault: vaultIn(folder.path),
    database: configOf(database.url, { expect: noExpectations }),
    mode: 'full',
    limits: bounds,
    now: new Date(),
    container: { kind: 'absent', text: '' },
    connection: opened.facts,
    server: connection,
    session,
    definitions: () => Promise.reject(new Error('nobody asks for them')),
  });
  const findings = await runChecks({
    checks: [pgvectorRecall, connectionAnswers],
    probe,
    start,
    lost: session?.lost ?? null,
    signal,
    onFinding() {},
  });
  expect(findings).toMatchObject([
    {
      status: 'skip',
      value: expect.stringMatching(/not read: public\.notes_called \(it took longer than allowed/),
    },
    { value: expect.stringMatching(/^logged in/) },
  ]);
});
