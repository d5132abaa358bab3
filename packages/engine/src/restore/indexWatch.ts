/** What the server says of one index that is being built. */
export interface IndexRow {
  /** The same for as long as that index is built, and for no other. */
  readonly key: string;
  readonly phase: string;
  /** Tuples and blocks of this phase. */
  readonly done: number;
  readonly total: number;
}

export interface IndexFigures {
  /** How many have been seen altogether. */
  readonly seen: number;
  /** How many of these are built, parts of one counted as such. */
  readonly done: number;
  /** What is being done, for people; null between two indexes. */
  readonly detail: string | null;
  /** Until the slowest of those that are being built ends its phase at its present rate, ms; null where nothing tells. */
  readonly leftMs: number | null;
}

export interface IndexWatch {
  /** Takes what the server says at a time (ms); null as long as no index has been seen. */
  see(rows: readonly IndexRow[], at: number): IndexFigures | null;
}

interface Start {
  readonly phase: string;
  readonly at: number;
  readonly done: number;
}

const shareOf = ({ done, total }: IndexRow) => (total <= 0 ? 0 : Math.min(1, done / total));

/** Follows the builds of indexes, several at once too. */
export function createIndexWatch(): IndexWatch {
  const starts = new Map<string, Start>();

  function leftMs({ key, done, total }: IndexRow, at: number): number | null {
    const start = starts.get(key);
    if (start === undefined || at <= start.at || done <= start.done || total <= 0) return null;
    const perMs = (done - start.done) / (at - start.at);
    return Math.round(Math.max(0, total - done) / perMs);
  }

  return {
    see(rows, at) {
      for (const { key, phase, done } of rows)
        if (starts.get(key)?.phase !== phase) starts.set(key, { phase, at, done });
      if (starts.size === 0) return null;
      const left = rows.map((row) => leftMs(row, at)).filter((ms) => ms !== null);
      const [first] = rows;
      const others = rows.length > 1 ? `; ${rows.length} indexes at once` : '';
      return {
        seen: starts.size,
        done: starts.size - rows.length + rows.reduce((sum, row) => sum + shareOf(row), 0),
        detail: first === undefined ? null : `${first.phase}: ${first.done} of ${first.total}${others}`,
        leftMs: left.length === 0 ? null : Math.max(...left),
      };
    },
  };
}
