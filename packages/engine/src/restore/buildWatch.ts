import type { JobContext, Progress } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';

export interface BuildWatchOptions {
  /** A session of the same role, or of one that may see its progress. */
  readonly session: Session;
  readonly dbname: string;
  /** COPY text that is expected altogether. */
  readonly expectedBytes: number;
  readonly context: JobContext;
  /** Progress (0–100) between which the data phase lies. */
  readonly from: number;
  readonly to: number;
}

interface Row {
  kind: string;
  relid: number;
  done: string;
  total: string;
  phase: string;
}

const text = `
  select 'copy' as kind, relid, bytes_processed::text as done, '0' as total, '' as phase
    from pg_stat_progress_copy where datname = $1
  union all
  select 'index', relid, (tuples_done + blocks_done)::text, (tuples_total + blocks_total)::text, phase
    from pg_stat_progress_create_index where datname = $1`;

interface Seen {
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly index: Pick<Row, 'phase' | 'done' | 'total'> | undefined;
}

/** How far a build is. Rows are estimated to their end; how long indexes take, their rows do not tell. */
export function buildProgress(
  { expectedBytes, from, to }: Pick<BuildWatchOptions, 'expectedBytes' | 'from' | 'to'>,
  { bytes, elapsedMs, index }: Seen,
): Progress {
  const share = expectedBytes === 0 ? 1 : Math.min(1, bytes / expectedBytes);
  const bytesPerSecond = bytes / Math.max(0.001, elapsedMs / 1000);
  const left = Math.max(0, expectedBytes - bytes);
  const far = { progress: from + (to - from) * share, bytes, bytesPerSecond: Math.round(bytesPerSecond) };
  if (index !== undefined) {
    return { ...far, phase: 'post-data', detail: `${index.phase}: ${index.done} of ${index.total}` };
  }
  return { ...far, phase: 'data', ...(left === 0 ? {} : etaOf(left, bytesPerSecond)) };
}

function etaOf(left: number, bytesPerSecond: number): { etaMs?: number } {
  return bytesPerSecond === 0 ? {} : { etaMs: Math.round((left / bytesPerSecond) * 1000) };
}

/** Tells once a second how far the server itself says that a build is. Stop it by disposing of it. */
export function watchBuild(options: BuildWatchOptions): Disposable {
  const { session, dbname, context } = options;
  const began = performance.now();
  const bytesOf = new Map<number, number>();
  let asking = false;
  const tell = (rows: readonly Row[]) => {
    for (const row of rows.filter((entry) => entry.kind === 'copy')) {
      bytesOf.set(row.relid, Math.max(bytesOf.get(row.relid) ?? 0, Number(row.done)));
    }
    const bytes = [...bytesOf.values()].reduce((sum, value) => sum + value, 0);
    const index = rows.find((row) => row.kind === 'index');
    context.progress(buildProgress(options, { bytes, elapsedMs: performance.now() - began, index }));
  };
  const ask = async () => {
    if (asking) return;
    asking = true;
    // A lost session is heard of by its own signal; a missed figure harms nobody.
    await session.query<Row>(text, [dbname]).then(tell, () => undefined);
    asking = false;
  };
  const timer = setInterval(() => void ask(), 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
