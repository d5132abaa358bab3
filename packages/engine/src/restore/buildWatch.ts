import type { JobContext, Progress } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';
import { createIndexWatch, type IndexFigures, type IndexRow } from './indexWatch.ts';

/** The progress (0–100) at which rows begin, at which indexes begin, and at which these end. */
export interface BuildBorders {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

export interface BuildWatchOptions extends BuildBorders {
  /** A session of the same role, or of one that may see its progress. */
  readonly session: Session;
  readonly dbname: string;
  /** COPY text that is expected altogether. */
  readonly expectedBytes: number;
  /** How many indexes are expected altogether. */
  readonly expectedIndexes: number;
  readonly context: JobContext;
}

type Expected = BuildBorders & Pick<BuildWatchOptions, 'expectedBytes' | 'expectedIndexes'>;

interface CopyRow {
  readonly relid: number;
  readonly done: string;
}

const copyText = `select relid, bytes_processed::text as done from pg_stat_progress_copy where datname = $1`;

/** While an index is built the server does not tell which one it is: the statement's start stands for it. */
const indexText = `
  select p.pid || ' ' || coalesce(a.query_start::text, p.relid::text) as key, p.phase,
         (p.tuples_done + p.blocks_done)::float8 as done, (p.tuples_total + p.blocks_total)::float8 as total
    from pg_stat_progress_create_index p left join pg_stat_activity a on a.pid = p.pid
   where p.datname = $1 order by p.pid`;

export interface Seen {
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Null as long as no index has been seen to be built. */
  readonly indexes: IndexFigures | null;
}

/** How far a build is: rows to their end; of indexes those that are being built, each at the rate of its present phase. */
export function buildProgress(expected: Expected, { bytes, elapsedMs, indexes }: Seen): Progress {
  const { expectedBytes, from, to, end } = expected;
  const bytesPerSecond = bytes / Math.max(0.001, elapsedMs / 1000);
  const far = { bytes, bytesPerSecond: Math.round(bytesPerSecond) };
  if (indexes !== null) {
    const all = Math.max(expected.expectedIndexes, indexes.seen);
    const progress = to + ((end - to) * Math.min(all, indexes.done)) / Math.max(1, all);
    const told = { progress, phase: 'post-data', ...far };
    if (indexes.detail === null) return told;
    return { ...told, detail: indexes.detail, ...(indexes.leftMs === null ? {} : { etaMs: indexes.leftMs }) };
  }
  const share = expectedBytes === 0 ? 1 : Math.min(1, bytes / expectedBytes);
  const left = Math.max(0, expectedBytes - bytes);
  const progress = from + (to - from) * share;
  return { progress, phase: 'data', ...far, ...(left === 0 ? {} : etaOf(left, bytesPerSecond)) };
}

function etaOf(left: number, bytesPerSecond: number): { etaMs?: number } {
  return bytesPerSecond === 0 ? {} : { etaMs: Math.round((left / bytesPerSecond) * 1000) };
}

/** Tells once a second how far the server itself says that a build is. Stop it by disposing of it. */
export function watchBuild(options: BuildWatchOptions): Disposable {
  const { session, dbname, context } = options;
  const began = performance.now();
  const bytesOf = new Map<number, number>();
  const watched = createIndexWatch();
  let asking = false;
  const look = async () => {
    for (const { relid, done } of await session.query<CopyRow>(copyText, [dbname]))
      bytesOf.set(relid, Math.max(bytesOf.get(relid) ?? 0, Number(done)));
    const now = performance.now();
    const indexes = watched.see(await session.query<IndexRow>(indexText, [dbname]), now);
    const bytes = [...bytesOf.values()].reduce((sum, value) => sum + value, 0);
    context.progress(buildProgress(options, { bytes, elapsedMs: now - began, indexes }));
  };
  const ask = async () => {
    if (asking) return;
    asking = true;
    // A lost session is heard of by its own signal; a missed figure harms nobody.
    await look().catch(() => undefined);
    asking = false;
  };
  const timer = setInterval(() => void ask(), 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
