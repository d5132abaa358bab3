import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Format } from '@sagekeep/contracts';
import { afterEach, expect, it } from 'vitest';
import {
  backupPayload,
  configOf,
  contextOf,
  restorePayload,
  sql,
  worldOf,
} from '../../integration/restore/harness.ts';
import { startPrivatePostgres, withDatabase } from '../../support/servers.ts';

/** All that comes after the rows, so that a second try meets every kind of it; and vector indexes of which some fail. */
const schema = `
  create extension vector;
  create table parent (id int, k int, v vector(8), primary key (id, k)) partition by list (k);
  create table one partition of parent for values in (1);
  create table two partition of parent for values in (2) partition by range (id);
  create table three partition of two for values from (0) to (10000);
  create index on parent (k, id);
  insert into parent select i, i % 2 + 1, array_fill(i::float4, array[8])::vector from generate_series(1, 400) i;
  create index near on parent using hnsw (v vector_l2_ops);
  comment on index near is 'of a partitioned table';
  create table child (id int primary key, self int references child, pid int, k int,
                      foreign key (pid, k) references parent);
  insert into child select i, i, i, i % 2 + 1 from generate_series(1, 400) i;
  create table booked (during int4range, exclude using gist (during with &&));
  create table large (id int primary key, v vector(64)) with (parallel_workers = 2);
  insert into large select i, array_fill(i::float4, array[64])::vector from generate_series(1, 2000) i;
  create index large_near on large using hnsw (v vector_l2_ops);
  create materialized view seen as select * from large; create unique index on seen (id);
  create table log (tag text);
  create function note() returns event_trigger language plpgsql as
    'begin insert into public.log values (tg_tag); end';
  create event trigger noting on ddl_command_end execute function note()`;

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** What a shared memory segment may take: less than half of what a build asks for, more than all else needs. */
function limitSegments(pid: number): void {
  // Linux lets a process be limited by its own user only.
  const { uid, gid } = statSync(`/proc/${pid}`);
  const args = ['--pid', String(pid), `--fsize=${24 << 20}`];
  const limited = spawnSync('prlimit', args, process.getuid?.() === uid ? {} : { uid, gid });
  expect(String(limited.stderr)).toBe('');
}

/** A backup, and the server's shared memory made short after it. */
async function shortOfSharedMemory(formats: Format[]) {
  // Segments as files, so that a limit on files is one on segments.
  const server = await startPrivatePostgres({ settings: { dynamic_shared_memory_type: 'mmap' } });
  opened.push(() => server.stop());
  await sql(server.url, 'create database live');
  const url = withDatabase(server.url, 'live');
  await sql(url, schema);
  // In SQL statements come after the event trigger, which it would write down.
  if (formats.includes('sql')) await sql(url, 'drop event trigger noting');
  const world = worldOf([configOf('sage', url, { restoreMemoryBytes: 128 << 20 })]);
  opened.push(() => world[Symbol.dispose]());
  const { manifest } = await world.engine.backup({ ...backupPayload(), formats }, contextOf());
  limitSegments(server.pid());
  return { url, world, id: manifest.id };
}

it('a /dev/shm that is too small costs the parallel builds and nothing else', async () => {
  const { url, world, id } = await shortOfSharedMemory(['custom']);
  const context = contextOf();
  const result = await world.engine.restore(restorePayload({ backup: id }), context);
  expect(context.lines.join('\n')).toContain('Shared memory is too small for parallel index builds');
  expect(result).toMatchObject({
    record: { state: 'swapped', proof: { result: 'proven', differences: [] } },
  });
  const [row] = await sql<{ count: string }>(url, 'select count(*) from log');
  expect(row?.count).toBe('0');
});

it('what is loaded in one session, which cannot be repeated, tries no parallel build in a /dev/shm of unknown size', async () => {
  const { world, id } = await shortOfSharedMemory(['sql']);
  for (const inPlace of [false, true]) {
    const context = contextOf();
    const result = await world.engine.restore(restorePayload({ backup: id, inPlace }), context);
    expect(result.record).toMatchObject({ state: 'swapped', method: inPlace ? 'in-place' : 'aside' });
    expect(context.lines.join('\n')).not.toContain('Shared memory');
  }
});
