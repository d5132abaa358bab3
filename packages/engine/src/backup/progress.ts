import type { JobContext, Manifest } from '@sagekeep/contracts';
import type { SnapshotTable } from '../snapshot/index.ts';

/** Turns bytes that passed by into the progress of a phase. */
export interface ByteProgress {
  /** So many bytes more; `detail` says what they belong to. */
  add(bytes: number, detail?: string): void;
}

/** How many bytes a phase will be; `measured` when an earlier backup tells. */
export interface Expected {
  readonly bytes: number;
  readonly measured: boolean;
}

const everyMs = 250;

/** The archive that a dump will be: as the last backup's, else as large as the database. */
export function expectedArchive(previous: Manifest | null, databaseBytes: number): Expected {
  const before = previous?.files.find((file) => file.format === 'custom')?.bytes ?? 0;
  if (previous === null || before === 0 || previous.databaseBytes === 0)
    return { bytes: databaseBytes, measured: false };
  return { bytes: before * Math.max(1, databaseBytes / previous.databaseBytes), measured: true };
}

/** Text that a dump of this database will be: as the last backup measured it, else by the tables' size. */
export function expectedText(
  previous: Manifest | null,
  databaseBytes: number,
  tables: readonly SnapshotTable[],
): Expected {
  const before = (previous?.inventory.tables ?? []).reduce((sum, table) => sum + table.bytes, 0);
  if (previous !== null && before > 0 && previous.databaseBytes > 0) {
    return { bytes: before * Math.max(1, databaseBytes / previous.databaseBytes), measured: true };
  }
  return { bytes: tables.reduce((sum, table) => sum + table.bytes, 0), measured: false };
}

export interface ProgressOptions {
  readonly phase: string;
  /** Progress (0–100) at which the phase begins and ends. */
  readonly from: number;
  readonly to: number;
  readonly expected: Expected;
}

export function createByteProgress(context: JobContext, options: ProgressOptions): ByteProgress {
  const { phase, from, to, expected } = options;
  let began: number | null = null;
  let bytes = 0;
  let told = 0;

  function tell(seconds: number, detail: string | undefined): void {
    const bytesPerSecond = seconds > 0 ? Math.round(bytes / seconds) : 0;
    const share = expected.bytes === 0 ? 0 : Math.min(1, bytes / expected.bytes);
    const left = Math.max(0, expected.bytes - bytes);
    // Only what an earlier backup measured is good enough to foretell an end.
    const eta =
      expected.measured && bytesPerSecond > 0 ? { etaMs: Math.round((left / bytesPerSecond) * 1000) } : {};
    context.progress({
      progress: Math.floor(from + share * (to - from)),
      phase,
      bytes,
      bytesPerSecond,
      ...eta,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  return {
    add(more, detail) {
      bytes += more;
      const now = performance.now();
      // The first bytes come long after the phases before: a rate since then would be untrue.
      began ??= now;
      if (now - told < everyMs) return;
      told = now;
      tell((now - began) / 1000, detail);
    },
  };
}
