import pg from 'pg';
import { expect, it } from 'vitest';
import { administer, createDatabase } from '../../support/servers.ts';
import { richer } from './fault.ts';
import { ask, noExpectations } from './harness.ts';
import { provenBackup } from './provenBackup.ts';

/** CI runs a sample of what `npm run soak` runs. */
const runs = Number(process.env['SAGEKEEP_HEALTHY_RUNS'] ?? 20);

it(
  'raises no false alarm while others write, build indexes anew, and create and drop tables',
  async () => {
    await using database = await createDatabase({ template: 'sample' });
    await administer((client) => client.query('create extension amcheck'), database.url);
    await administer(
      (client) => client.query(`${richer}; create table ticks (id bigserial primary key, at timestamptz)`),
      database.url,
    );
    using backup = await provenBackup(database.url);
    const control = new AbortController();
    const others = [write(1), write(2), rebuild, churn].map((work) =>
      repeat(database.url, control.signal, work),
    );
    const alarms: string[][] = [];
    try {
      for (let run = 0; run < runs; run += 1) {
        const mode = run % 2 === 0 ? 'full' : 'quick';
        const result = await ask(database.url, { mode, vault: backup.vault, expect: noExpectations });
        alarms.push(result.findings.filter(isAlarm).map(({ id, value }) => `${id}: ${value}`));
      }
    } finally {
      control.abort();
    }
    const rounds = await Promise.all(others);
    expect(alarms).toEqual(Array(runs).fill([]));
    expect(Math.min(...rounds)).toBeGreaterThan(runs / 4);
  },
  runs * 20_000,
);

/** The shared test server does without autovacuum. */
function isAlarm({ id, status, value }: { id: string; status: string; value: string }): boolean {
  if (id === 'performance.autovacuum' && value === 'autovacuum is off') return false;
  return status === 'fail' || status === 'warn';
}

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
    await client.query(`begin; insert into sessions (id) values ('w${n}-${round}');
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
  await client.query('vacuum memories, sessions, notes, ticks');
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
