import { createShortRows, createVectors } from './data.ts';
import { busyMs, printVerdicts, ratio, sideBySide, sumOf, type Verdict } from './measure.ts';
import type { createTools } from './tools.ts';
import { type BenchWorker, startBenchWorker, type Taken, type WorkerPlace } from './worker.ts';

export interface BackupBench {
  readonly server: string;
  readonly place: WorkerPlace;
  readonly tools: ReturnType<typeof createTools>;
  readonly vectorRows: number;
  readonly shortRows: number;
  readonly rounds: number;
}

/**
 * Both formats, the inventory and the time the database is busy, against what others run; and the memory of the worker.
 * Ours are always jobs of a worker process.
 */
export async function benchBackup(bench: BackupBench): Promise<void> {
  const verdicts = [...(await memory(bench)), ...(await vectors(bench)), ...(await shortRows(bench))];
  printVerdicts(verdicts);
}

interface Subject {
  readonly worker: BenchWorker;
  readonly url: string;
}

const vectorsDatabase = { dbname: 'bench_vectors', dimensions: 1024 };

/** A worker for each size, since a process never forgets its peak. */
async function memory({ server, place, vectorRows }: BackupBench): Promise<Verdict[]> {
  const peakBytes = async (rows: number) => {
    await using worker = await startBenchWorker(
      place,
      await createVectors(server, { ...vectorsDatabase, rows }),
    );
    await worker.take();
    return worker.peakBytes();
  };
  const small = await peakBytes(vectorRows);
  const large = await peakBytes(vectorRows * 4);
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`;
  return [
    {
      what: 'peak memory of a worker’s process (VmHWM), and with 4 × the data',
      figure: `${mebibytes(small)}, ${mebibytes(large)}`,
      bound: '≤ 256 MiB, flat',
      holds: large <= 256 * 1024 ** 2 && large <= small * 1.15,
    },
  ];
}

async function vectors({ server, place, tools, vectorRows, rounds }: BackupBench): Promise<Verdict[]> {
  const url = await createVectors(server, { ...vectorsDatabase, rows: vectorRows });
  await using worker = await startBenchWorker(place, url);
  const whole = await sideBySide(
    {
      ours: async () => void (await worker.take()),
      scripts: async () => {
        await tools.dump(url);
        await tools.dump(url, '-Fc');
      },
      zstd5: () => tools.dump(url, '-Fc', '--compress=zstd:5'),
    },
    rounds,
  );
  return [
    ratio('both formats with inventory : the old scripts’ way', [whole.ours, whole.scripts], 0.15),
    ratio('both formats with inventory : one pg_dump -Fc zstd:5', [whole.ours, whole.zstd5], 1),
    await busy({ worker, url, tools, rounds }),
  ];
}

/** Close to its bound, and quickly measured: three times the rounds. */
async function busy({ worker, url, tools, rounds }: Pick<BackupBench, 'tools' | 'rounds'> & Subject) {
  const ours: Taken[] = [];
  const { zstd1 } = await sideBySide(
    {
      ours: async () => void ours.push(await worker.take()),
      zstd1: () => tools.dump(url, '-Fc', '--compress=zstd:1'),
    },
    3 * rounds,
  );
  console.log(`phases of one backup, ms: ${JSON.stringify(ours.at(-1)?.phases)}`);
  const busyWithUs = ours.map(({ phases }) => busyMs(phases));
  return ratio('database busy with us : one pg_dump -Fc zstd:1', [busyWithUs, zstd1], 1.15);
}

async function shortRows({ server, place, tools, shortRows: rows, rounds }: BackupBench): Promise<Verdict[]> {
  const url = await createShortRows(server, { dbname: 'bench_short', rows });
  await using worker = await startBenchWorker(place, url);
  const ours: Taken[] = [];
  const times = await sideBySide(
    {
      ours: async () => void ours.push(await worker.take()),
      without: () => tools.dumpAndDerive(url, 'zstd:1'),
    },
    rounds,
  );
  console.log(`phases of one backup of short rows, ms: ${JSON.stringify(ours.at(-1)?.phases)}`);
  return [
    ratio(
      `${rows} short rows: dump, derived SQL and inventory : the same without inventory`,
      [ours.map(({ phases }) => sumOf(phases, ['dump', 'derive'])), times.without],
      1.5,
    ),
  ];
}
