import type { JobContext, Manifest } from '@sagekeep/contracts';
import type { SnapshotTable } from '../snapshot/index.ts';

/** Turns bytes of SQL that were read into the progress of the dump phase. */
export interface DumpProgress {
  /** `bytes` of SQL text more, all belonging to the tables up to `current`. */
  add(bytes: number, current: { table: string | null; done: number; of: number }): void;
  readonly bytes: number;
}

const from = 4;
const to = 86;
const everyMs = 250;

/** Text that a dump of this database will be: as the last backup measured it, else by the tables' size. */
export function expectedText(
  previous: Manifest | null,
  databaseBytes: number,
  tables: readonly SnapshotTable[],
): { bytes: number; measured: boolean } {
  const before = (previous?.inventory.tables ?? []).reduce((sum, table) => sum + table.bytes, 0);
  if (previous !== null && before > 0 && previous.databaseBytes > 0) {
    return { bytes: before * Math.max(1, databaseBytes / previous.databaseBytes), measured: true };
  }
  return { bytes: tables.reduce((sum, table) => sum + table.bytes, 0), measured: false };
}

export function createDumpProgress(
  context: JobContext,
  expected: { bytes: number; measured: boolean },
): DumpProgress {
  const began = performance.now();
  let bytes = 0;
  let told = 0;

  function tell(current: { table: string | null; done: number; of: number }): void {
    const seconds = (performance.now() - began) / 1000;
    const bytesPerSecond = seconds > 0 ? Math.round(bytes / seconds) : 0;
    const share = expected.bytes === 0 ? 0 : Math.min(1, bytes / expected.bytes);
    const left = Math.max(0, expected.bytes - bytes);
    // Only what an earlier backup measured is good enough to foretell an end.
    const eta =
      expected.measured && bytesPerSecond > 0 ? { etaMs: Math.round((left / bytesPerSecond) * 1000) } : {};
    context.progress({
      progress: Math.floor(from + share * (to - from)),
      phase: 'dump',
      bytes,
      bytesPerSecond,
      ...eta,
      ...(current.table === null
        ? {}
        : { detail: `${current.table} (${current.done + 1} of ${current.of})` }),
    });
  }

  return {
    get bytes() {
      return bytes;
    },
    add(more, current) {
      bytes += more;
      const now = performance.now();
      if (now - told < everyMs) return;
      told = now;
      tell(current);
    },
  };
}
