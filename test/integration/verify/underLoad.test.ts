import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '@sagekeep/contracts';
import pg from 'pg';
import { expect, it } from 'vitest';
import { checks } from '../../../packages/engine/src/verify/registry.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase } from '../../support/servers.ts';
import { richer } from './fault.ts';
import { ask, isOfDatabase, sageExpectations } from './harness.ts';
import { provenBackup } from './provenBackup.ts';

const ticks = 'create table ticks (id bigserial primary key, at timestamptz)';
/** What this database and its load give no reason to ask, or the server no means. */
const mayBeSkipped = /^(connection\.container|consistency\.(checksums|required-fields)|performance\.disk)/;
/** What this load may do to a question once; no check may have it in every run. */
const inTheWay = /dropped (again and again|meanwhile)|holds a lock|longer than allowed|waited for each other/;
const mainIds = checks.map(({ id }) => id).filter((id) => !mayBeSkipped.test(id));

/** CI runs a sample of what `npm run soak` runs. */
const runs = Number(process.env['SAGEKEEP_HEALTHY_RUNS'] ?? 20);

it(
  'raises no false alarm while others write, build indexes anew, and create and drop tables',
  async () => {
    await using database = await createDatabase({ template: 'sample' });
    await administer((client) => client.query('create extension amcheck'), database.url);
    await administer((client) => client.query(`${richer}; ${ticks}`), database.url);
    using backup = await provenBackup(database.url);
    using folder = temporaryFolder();
    const schema = join(folder.path, 'schema.sql');
    writeFileSync(schema, `${readFileSync('config/sage.sql', 'utf8')}\n${richer}; ${ticks};`);
    const asked = { vault: backup.vault, expect: { ...sageExpectations, schema } };
    const control = new AbortController();
    const others = [write(1), write(2), rebuild, churn].map((work) =>
      repeat(database.url, control.signal, work),
    );
    // Awaited below; until then a rejection must not end the process.
    for (const other of others) other.catch(() => undefined);
    const alarms: string[][] = [];
    const unasked: string[][] = [];
    const answered = new Set<string>();
    try {
      for (let run = 0; run < runs; run += 1) {
        const mode = run % 2 === 0 ? 'full' : 'quick';
        const result = await ask(database.url, { ...asked, mode });
        alarms.push(result.findings.filter(isAlarm).map(told));
        const main = result.findings.filter(({ id }) => mainIds.includes(id));
        unasked.push(main.filter((one) => one.status === 'skip' && !inTheWay.test(one.value)).map(told));
        for (const { id, status } of main) if (status !== 'skip') answered.add(id);
      }
    } finally {
      control.abort();
    }
    const rounds = await Promise.all(others);
    expect(alarms).toEqual(Array(runs).fill([]));
    expect(unasked).toEqual(Array(runs).fill([]));
    expect(mainIds.filter((id) => !answered.has(id))).toEqual([]);
    expect(Math.min(...rounds)).toBeGreaterThan(1);
  },
  runs * 20_000,
);

function told({ id, value }: Finding): string {
  return `${id}: ${value}`;
}

function isAlarm(finding: Finding): boolean {
  return isOfDatabase(finding) && (finding.status === 'fail' || finding.status === 'warn');
}

/**
 * Nobody inserts while tables are vacuumed: before pgvector 0.8.4 that may break an HNSW index for good ("different vector
 * dimensions 16 and 0", pgvector's pull requests 988 and 990), which is no false alarm.
 */
const vacuuming = 1;

type Work = (client: pg.Client, round: number) => Promise<unknown>;

async function repeat(url: string, signal: AbortSignal, work: Work): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let round = 0;
  while (!signal.aborted) {
    round += 1;
    await work(client, round);
  }
  await client.end();
  return round;
}

function write(n: number): Work {
  return async (client, round) => {
    await client.query('insert into ticks (at) select now() from generate_series(1, 50)');
    await client.query(`begin; select pg_advisory_xact_lock_shared(${vacuuming});
      insert into sessions (id) values ('w${n}-${round}');
      insert into memories (session_id, user_input, assistant_response, embedding)
        select 'w${n}-${round}', 'q', 'a', embedding from memories where embedding is not null limit 1;
      insert into notes (author, body, spot, any_spot, half)
        select author, body, v::vector, v::vector, half
        from notes, (select array_agg(random()) as v from generate_series(1, 16)) r limit 1; commit`);
    await client.query(
      `update memories set metadata = '{"n": ${round}}' where session_id = 'w${n}-${round}'`,
    );
    // A database that outgrows its backup is an alarm of its own.
    const old = `w${n}-${round - 20}`;
    await client.query(
      `begin; delete from memories where session_id = '${old}'; delete from sessions where id = '${old}'; commit`,
    );
  };
}

const rebuild: Work = async (client) => {
  for (const index of ['notes_spot_hnsw', 'notes_spot_ivf', 'notes_body'])
    await client.query(`reindex index concurrently ${index}`);
  await client.query('delete from ticks where id < (select max(id) - 2000 from ticks)');
  await client.query('delete from notes where id > 600 and id < (select max(id) - 200 from notes)');
  await client.query(`select pg_advisory_lock(${vacuuming})`);
  await client.query('vacuum memories, sessions, notes, ticks');
  await client.query(`select pg_advisory_unlock(${vacuuming})`);
};

const churn: Work = async (client, round) => {
  await client.query(
    `create table churn_${round} (id serial primary key, parent int references authors, spot vector(16))`,
  );
  await client.query(`insert into churn_${round} (parent, spot) select author, spot from notes limit 20`);
  await client.query(`create index concurrently on churn_${round} using hnsw (spot vector_l2_ops)`);
  await client.query(`alter table churn_${round} add more int default 5`);
  await client.query(`drop table churn_${round}`);
};
