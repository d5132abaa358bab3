import type { Inventory, InventoryTable } from '@sagekeep/contracts';
import { createRowScanner, type RowScanner } from '../../inventory/rows.ts';
import { quoteIdentifier } from '../../server/index.ts';
import { createLargeObjectRows, largeObjectPieces } from './largeObjectRows.ts';

/** One thing that the session is asked before it commits, and what it answered. */
interface Question {
  readonly sql: string;
  /** Null: the answer is short lines. */
  readonly rows: RowScanner | null;
  readonly table: InventoryTable | null;
}

/** Which question asks for the large objects, and where the sequences begin. */
const largeObjectsAt = 2;
const sequencesAt = 3;

const endOfAnswer = "\\echo '\\\\.'\n";

function ask(select: string): Question {
  return { sql: `COPY (${select}) TO STDOUT;\n${endOfAnswer}`, rows: null, table: null };
}

/** Names in an inventory are as SQL needs them. */
function askTable(table: InventoryTable): Question {
  const columns = table.columns.length === 0 ? '' : ` (${table.columns.map(quoteIdentifier).join(', ')})`;
  return {
    sql: `COPY ${table.name}${columns} TO STDOUT;\n${endOfAnswer}`,
    rows: createRowScanner(table.columns.length),
    table,
  };
}

export interface Answers {
  /** What to send to psql as soon as its transaction has begun. */
  readonly opening: string;
  /** That transaction's id, when psql has answered the opening. */
  readonly began: Promise<string>;
  /** What to send to psql when all is loaded. */
  readonly sql: string;
  /** psql's output. */
  write(chunk: Buffer): void;
  readonly complete: Promise<void>;
  /** The id of the transaction that the session is in when it answers, and what that holds. */
  result(): { xid: string; inventory: Omit<Inventory, 'entries'> };
}

const whichTransaction = 'select pg_current_xact_id()';

/** Asks a session for its whole content, by the same COPY text that the manifest's digests were made of. */
export function createAnswers(expected: Inventory): Answers {
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  const { promise: began, resolve: begin } = Promise.withResolvers<string>();
  const questions: Question[] = [
    ask(whichTransaction),
    ask(whichTransaction),
    ask(largeObjectPieces),
    ...expected.sequences.map(({ name }) => ask(`select last_value, is_called from ${name}`)),
    ...expected.tables.map(askTable),
  ];
  const largeObjects = createLargeObjectRows();
  const lines: string[] = [];
  let index = 0;
  let parts: Buffer[] = [];

  function next(): void {
    index += 1;
    if (index === 1) begin(lines[0] ?? '');
    if (index === questions.length) resolve();
  }

  /** A short answer and its end; returns where the next one begins. */
  function short(chunk: Buffer, start: number): number {
    const end = chunk.indexOf(0x0a, start);
    parts.push(chunk.subarray(start, end === -1 ? chunk.length : end));
    if (end === -1) return chunk.length;
    const text = Buffer.concat(parts).toString('utf8');
    parts = [];
    if (text === '\\.') next();
    else if (index === largeObjectsAt) largeObjects.line(text);
    else lines[index] = text;
    return end + 1;
  }

  const [opening = '', ...rest] = questions.map(({ sql }) => sql);
  return {
    opening,
    began,
    sql: rest.join(''),
    complete,
    write(chunk) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      for (let at = 0; at < chunk.length && index < questions.length; ) {
        const rows = questions[index]?.rows ?? null;
        if (rows === null) {
          at = short(chunk, at);
          continue;
        }
        const end = rows.scan(chunk, view, at);
        if (end === -1) return;
        at = end;
        next();
      }
    },
    result() {
      return {
        xid: lines[1] ?? '',
        inventory: {
          largeObjects: largeObjects.counts(),
          sequences: expected.sequences.map(({ name }, at) => {
            const [value = '', called = ''] = (lines[at + sequencesAt] ?? '').split('\t');
            return { name, value, called: called === 't' };
          }),
          tables: questions.flatMap(({ table, rows }) => {
            if (table === null || rows === null) return [];
            const { rows: count, bytes, digest } = rows.counts();
            return [{ ...table, rows: count, bytes, digest }];
          }),
        },
      };
    },
  };
}
