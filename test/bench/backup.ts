import { join } from 'node:path';
import { execa } from 'execa';
import { createShortRows, createVectors } from './data.ts';
import { median, printVerdicts, ratio, sideBySide, type Verdict } from './measure.ts';
import type { createTools } from './tools.ts';

interface Taken {
  readonly ms: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

async function takeBackup(url: string, work: string): Promise<Taken> {
  const { stdout } = await execa(process.execPath, [
    join(import.meta.dirname, 'takeBackup.ts'),
    url,
    join(work, 'storage'),
  ]);
  return JSON.parse(stdout) as Taken;
}

export interface BackupBench {
  readonly server: string;
  readonly work: string;
  readonly tools: ReturnType<typeof createTools>;
  readonly vectorRows: number;
  readonly shortRows: number;
  readonly rounds: number;
}

/** Issue of speed: both formats, the inventory and the time the database is busy, against what others run. */
export async function benchBackup(bench: BackupBench): Promise<void> {
  const verdicts = [...(await vectors(bench)), ...(await shortRows(bench))];
  printVerdicts(verdicts);
}

async function vectors({ server, work, tools, vectorRows, rounds }: BackupBench): Promise<Verdict[]> {
  const url = await createVectors(server, { dbname: 'bench_vectors', rows: vectorRows, dimensions: 1024 });
  const ours: Taken[] = [];
  const times = await sideBySide(
    {
      ours: async () => void ours.push(await takeBackup(url, work)),
      scripts: async () => {
        await tools.dump(url);
        await tools.dump(url, '-Fc');
      },
      zstd5: () => tools.dump(url, '-Fc', '--compress=zstd:5'),
      zstd1: () => tools.dump(url, '-Fc', '--compress=zstd:1'),
    },
    rounds,
  );
  const whole = median(ours.map((taken) => taken.ms));
  const busy = median(ours.map((taken) => taken.phases['dump'] ?? Number.NaN));
  console.log(`phases of one backup, ms: ${JSON.stringify(ours.at(-1)?.phases)}`);
  const large = await createVectors(server, {
    dbname: 'bench_large',
    rows: vectorRows * 4,
    dimensions: 1024,
  });
  const small = Math.max(...ours.map((taken) => taken.peakBytes));
  const four = (await takeBackup(large, work)).peakBytes;
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`;
  return [
    ratio('both formats with inventory : the old scripts’ way', [whole, times['scripts'] ?? 0], 0.15),
    ratio('both formats with inventory : one pg_dump -Fc zstd:5', [whole, times['zstd5'] ?? 0], 1),
    ratio('database busy with us : one pg_dump -Fc zstd:1', [busy, times['zstd1'] ?? 0], 1.15),
    {
      what: 'worker’s peak memory, and with 4 × the data',
      figure: `${mebibytes(small)}, ${mebibytes(four)}`,
      bound: '≤ 256 MiB, flat',
      holds: four <= 256 * 1024 ** 2 && four <= small * 1.15,
    },
  ];
}

async function shortRows({ server, work, tools, shortRows: rows, rounds }: BackupBench): Promise<Verdict[]> {
  const url = await createShortRows(server, { dbname: 'bench_short', rows });
  const ours: Taken[] = [];
  const times = await sideBySide(
    {
      ours: async () => void ours.push(await takeBackup(url, work)),
      without: () => tools.dumpAndDerive(url, 'zstd:1'),
    },
    rounds,
  );
  const phases = (...names: string[]) =>
    median(ours.map((taken) => names.reduce((sum, name) => sum + (taken.phases[name] ?? Number.NaN), 0)));
  console.log(`phases of one backup of short rows, ms: ${JSON.stringify(ours.at(-1)?.phases)}`);
  return [
    ratio(
      `${rows} short rows: dump, derived SQL and inventory : the same without inventory`,
      [phases('dump', 'derive'), times['without'] ?? 0],
      1.5,
    ),
  ];
}
