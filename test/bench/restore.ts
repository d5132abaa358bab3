import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Clients, startClients } from '../integration/restore/clients.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  restorePayload,
  sql,
  type World,
  worldOf,
} from '../integration/restore/harness.ts';
import { createEmpty, createShortRows, createVectors } from './data.ts';
import { printVerdicts, ratio, sideBySide, type Verdict } from './measure.ts';
import type { createTools } from './tools.ts';

export interface RestoreBench {
  readonly server: string;
  readonly tools: ReturnType<typeof createTools>;
  readonly vectorRows: number;
  readonly shortRows: number;
  readonly rounds: number;
}

/** How long clients are without their database, and what a restore of vectors with its index takes. */
export async function benchRestore(bench: RestoreBench): Promise<void> {
  const small = await downtimes(bench, bench.shortRows);
  const large = await downtimes(bench, bench.shortRows * 10);
  printVerdicts([...small, ...large, ...(await vectors(bench)), ...(await rowsAlone(bench))]);
}

async function archiveOf(world: World): Promise<{ id: string; path: string }> {
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const file = manifest.files.find(({ format }) => format === 'custom');
  return { id: manifest.id, path: join(world.folder, 'sage', manifest.id, file?.name ?? '') };
}

const twenty = { count: 20, statement: `insert into events (id, kind, note) values (1, 1, 'w')` };

/** The longest time that any of twenty writers was without an answer while `work` ran. */
async function gapDuring(work: (clients: (url: string) => Promise<void>) => Promise<void>): Promise<number> {
  let clients: Clients | null = null;
  await work(async (url) => {
    clients = await startClients(url, twenty);
  });
  const running = clients as Clients | null;
  if (running === null) throw new Error('nobody wrote');
  await running.allAnswered();
  return (await running.stop()).worstGapMs;
}

function gap(what: string, ms: number, bound: number | null): Verdict {
  return {
    what,
    figure: `${Math.round(ms)} ms`,
    bound: bound === null ? '' : `≤ ${bound} ms`,
    holds: bound === null ? null : ms <= bound,
  };
}

async function downtimes({ server, tools }: RestoreBench, rows: number): Promise<Verdict[]> {
  const url = await createShortRows(server, { dbname: 'bench_swap', rows });
  using world = worldOf([configOf('sage', url)]);
  const { id, path } = await archiveOf(world);
  let restore = '';
  const swap = await gapDuring(async (start) => {
    const onBorder = (name: string) => (name === 'restore:before-swap' ? start(url) : undefined);
    const { record } = await world.engine.restore(restorePayload({ backup: id }), contextOf({ onBorder }));
    restore = record.id;
  });
  const undo = await gapDuring(async (start) => {
    await start(url);
    await world.engine.undo({ database: 'sage', restore, by: 'bench' }, contextOf());
  });
  const clean = await gapDuring(async (start) => {
    await start(url);
    await tools.restore(url, path, '--clean', '--if-exists');
  });
  return [
    gap(`20 writers, ${rows} rows: longest gap in the swap`, swap, 500),
    gap(`20 writers, ${rows} rows: longest gap in the undo`, undo, 500),
    gap(`20 writers, ${rows} rows: longest gap with pg_restore --clean in place`, clean, null),
  ];
}

async function vectors(bench: RestoreBench): Promise<Verdict[]> {
  const { server, vectorRows: rows } = bench;
  const url = await createVectors(server, { dbname: 'bench_hnsw', rows, dimensions: 1024 });
  await sql(
    url,
    `set maintenance_work_mem = '1GB'; create index on items using hnsw (embedding vector_l2_ops)`,
  );
  const { ours, plain, without } = await besidePlain(bench, url);
  const size = `${rows} × 1024 with HNSW`;
  return [
    ratio(`restore of ${size}, proven : pg_restore as it is`, [ours, plain], 0.5),
    ratio(`restore of ${size}: with proof and swap : without`, [ours, without], 1.3),
  ];
}

async function rowsAlone(bench: RestoreBench): Promise<Verdict[]> {
  const rows = bench.shortRows * 10;
  const url = await createShortRows(bench.server, { dbname: 'bench_rows', rows });
  const { ours, plain, without } = await besidePlain(bench, url);
  const size = `${rows} short rows, no vector index`;
  return [
    ratio(`restore of ${size}, proven : pg_restore as it is`, [ours, plain], null),
    ratio(`restore of ${size}: with proof and swap : without`, [ours, without], null),
  ];
}

/** Times of each round, ms: a proven restore, the same without its proof and swap, and what `pg_restore` alone takes. */
async function besidePlain({ server, tools, rounds }: RestoreBench, url: string) {
  using world = worldOf([configOf('sage', url, { restoreMemoryBytes: 2 ** 30 })]);
  const { id, path } = await archiveOf(world);
  const without: number[] = [];
  const into = 'bench_into';
  const drop = () => sql(server, `drop database if exists ${into} with (force)`);
  const times = await sideBySide(
    {
      ours: async () => {
        await drop();
        const began = performance.now();
        const { record } = await world.engine.restore(restorePayload({ backup: id, into }), contextOf());
        const { proof = 0, swap = 0 } = record.timings;
        without.push(performance.now() - began - proof - swap);
      },
      plain: async () => tools.restore(await createEmpty(server, into), path),
    },
    rounds,
  );
  await drop();
  return { ...times, without };
}
