/** A name as pg_dump writes it, an operator's symbol, or a large object's number. */
const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*)`;
const word = String.raw`(?:${identifier}|[-+*/<>=~!@#%^&|\x60?]+|\d+)`;
const kind =
  '(?:AGGREGATE|COLLATION|CONVERSION|DOMAIN|EVENT TRIGGER|FOREIGN DATA WRAPPER|FOREIGN TABLE|FUNCTION|(?:PROCEDURAL )?LANGUAGE|LARGE OBJECT|MATERIALIZED VIEW|OPERATOR(?: CLASS| FAMILY)?|PROCEDURE|PUBLICATION|SCHEMA|SEQUENCE|SERVER|STATISTICS|SUBSCRIPTION|TABLE|TEXT SEARCH (?:CONFIGURATION|DICTIONARY)|TYPE|VIEW)';
const parameters = String.raw`(?: ?\((?:"(?:[^"]|"")*"|[^"';])*\))?`;
const owner = `ALTER ${kind} ${word}(?:\\.${word})*${parameters}(?: USING ${identifier})? OWNER TO ${identifier}`;
const privilege = `(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) (?:"(?:[^"]|"")*"|[^";'])+`;

/** One whole statement on one line, as pg_dump writes each of these, without a comment in it. */
const leftOut = new RegExp(`^(?!.*(?:--|/\\*))(?:${owner}|${privilege});$`);
const copy = /^COPY .* FROM stdin;$/;
/** First letters of lines that are looked at: ALTER, COPY, GRANT, REVOKE. */
const letters = new Set([...'ACGR'].map((letter) => letter.charCodeAt(0)));

const newline = 0x0a;
const endOfCopy = Buffer.from('\n\\.\n');
const longestLine = 1024 * 1024;
const longestNumber = 32;

export interface OwnerFilter {
  /** The same SQL with a marker in the place of every statement that sets an owner or a privilege. */
  pass(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** Hears psql's output. */
  hear(chunk: Buffer): void;
  /** How many statements were replaced. */
  count(): number;
  /** Whether psql has run every marker, once each and in order, as a statement of its own. */
  agrees(): boolean;
}

/**
 * Takes statements about owners and privileges out of a stranger's SQL: its role may not run them. What is a statement
 * and what is text inside a function or a value, only psql can tell. So each is replaced by a `SELECT` of a secret and a
 * number, and psql's own output says which of them were statements: when one was not, the copy is not what the file says.
 */
export function createOwnerFilter(secret: string): OwnerFilter {
  let replaced = 0;
  let heard = 0;
  let inOrder = true;
  let output = '';

  /** A line's stand-in; null when the line stays. */
  function standIn(line: string): Buffer | null {
    if (!leftOut.test(line)) return null;
    replaced += 1;
    return Buffer.from(`SELECT '${secret} ${replaced}';`);
  }

  async function* pass(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let held: Buffer = Buffer.alloc(0);
    let inCopy = false;
    let inLongLine = false;
    for await (const chunk of source) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let at = 0;
      let kept = 0;
      for (;;) {
        const end: number = bytes.indexOf(inCopy ? endOfCopy : newline, at);
        if (end === -1) break;
        const start = at;
        at = inCopy ? end + endOfCopy.length : end + 1;
        const looked = !inCopy && !inLongLine && letters.has(bytes[start] ?? 0);
        inCopy = false;
        inLongLine = false;
        if (!looked) continue;
        const line = bytes.toString('latin1', start, end);
        // The line feed stays before the data: an empty block ends with the very next line.
        if (copy.test(line)) [inCopy, at] = [true, end];
        const other = standIn(line);
        if (other === null) continue;
        yield bytes.subarray(kept, start);
        yield other;
        kept = end;
      }
      inLongLine ||= !inCopy && bytes.length - at > longestLine;
      const border = inCopy
        ? Math.max(at, bytes.length - endOfCopy.length + 1)
        : inLongLine
          ? bytes.length
          : at;
      yield bytes.subarray(kept, Math.max(kept, border));
      held = bytes.subarray(Math.max(kept, border));
    }
    const last = standIn(held.toString('latin1'));
    yield last ?? held;
  }

  function hear(chunk: Buffer): void {
    const lines = (output + chunk.toString('latin1')).split('\n');
    for (const line of lines.slice(0, -1)) {
      if (!line.startsWith(secret)) continue;
      heard += 1;
      inOrder &&= line === `${secret} ${heard}`;
    }
    output = (lines.at(-1) ?? '').slice(0, secret.length + longestNumber);
  }

  return { pass, hear, count: () => replaced, agrees: () => inOrder && heard === replaced };
}
