import { SagekeepError } from '@sagekeep/contracts';
import type { DataBorders, InventoryReader } from '../../inventory/index.ts';
import { createContentChecksum } from '../../zstd/index.ts';

/** The rows of one table, to be copied from the archive as they are compressed there. */
export interface CopiedRows {
  /** Where the table's data begin in the archive, bytes. */
  readonly offset: number;
  /** Checksum of what pg_restore wrote of them; rejects when it did not write all. */
  readonly checksum: Promise<number>;
}

/** SQL to be compressed, or rows to be copied. */
export type Segment = Buffer | CopiedRows;

/** What an archive has to copy from. */
export interface Copies {
  /** Where in the archive the data of that entry begin, bytes; undefined when they are none that may be copied. */
  find(dumpId: number): number | undefined;
  copy(rows: CopiedRows): AsyncIterable<Buffer>;
}

/** For an archive that lies nowhere. */
export const noCopies: Copies = {
  find: () => undefined,
  copy: () => {
    throw new Error('There is nothing to copy from.');
  },
};

/** What pg_dump writes behind the line `\.`, as a part of the table's data. */
const behindRows = '\n\n';

interface OpenRows {
  readonly copied: CopiedRows;
  see(bytes: Buffer): void;
  /** Bytes of `behindRows` that are still to come; null while rows are. */
  left: number | null;
  end(): void;
  fail(cause: unknown): void;
}

function openRows(offset: number): OpenRows {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Whoever waits for it hears; nobody waits for it when the file cannot be written any more.
  promise.catch(() => undefined);
  const sum = createContentChecksum();
  return {
    copied: { offset, checksum: promise },
    see: (bytes) => sum.update(bytes),
    left: null,
    end: () => resolve(sum.value()),
    fail: reject,
  };
}

/** Bytes of rows that pass by are only summed up; all others are handed on. */
function createCutter({ find }: Copies) {
  let chunk: Buffer = Buffer.alloc(0);
  let from = 0;
  let open: OpenRows | null = null;
  let cut: Segment[] = [];

  function take(to: number): void {
    const part = chunk.subarray(from, to);
    from = to;
    if (open !== null) open.see(part);
    else if (part.length > 0) cut.push(part);
  }

  function takeBehind(): void {
    if (open === null || open.left === null) return;
    const expected = behindRows.slice(behindRows.length - open.left);
    const to = Math.min(from + open.left, chunk.length);
    if (!expected.startsWith(chunk.toString('latin1', from, to)))
      throw new SagekeepError(
        'TOOL_FAILED',
        'pg_restore wrote the end of a table in a form that is not known here.',
        {
          advice: 'Report it, with the version of pg_dump that `sagekeep doctor` names.',
        },
      );
    open.left -= to - from;
    take(to);
    if (open.left > 0) return;
    open.end();
    open = null;
  }

  const borders: DataBorders = {
    begin(dumpId, at) {
      const offset = find(dumpId);
      if (offset === undefined) return;
      take(at);
      open = openRows(offset);
      cut.push(open.copied);
    },
    end(at) {
      if (open === null) return;
      take(at);
      open.left = behindRows.length;
      takeBehind();
    },
  };
  return {
    borders,
    begin(next: Buffer): void {
      chunk = next;
      from = 0;
      takeBehind();
    },
    /** What the chunk comes to. */
    rest(): Segment[] {
      take(chunk.length);
      const segments = cut;
      cut = [];
      return segments;
    },
    fail: (cause: unknown) => open?.fail(cause),
  };
}

/**
 * Reads the SQL for the inventory and cuts it: rows that the archive has as a frame are copied from there instead of
 * being compressed a second time.
 */
export async function* segmentsOf(
  sql: AsyncIterable<Buffer>,
  reader: InventoryReader,
  copies: Copies,
): AsyncGenerator<Segment> {
  const cutter = createCutter(copies);
  try {
    for await (const chunk of sql) {
      cutter.begin(chunk);
      reader.sql(chunk, cutter.borders);
      yield* cutter.rest();
    }
    cutter.fail(new Error('The rows of a table ended before their end.'));
  } catch (error) {
    // Whoever copies these rows must not tell less of the cause than who reads them.
    cutter.fail(error);
    throw error;
  } finally {
    cutter.fail(new Error('The SQL is read no more.'));
  }
}
