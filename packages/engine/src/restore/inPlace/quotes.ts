/** Where the text of an SQL line is: null outside of quotes, else what closes them. */
export type Quote = string | null;

const opening = /--|'|"|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$|[A-Za-z_\x80-\xff][\w$\x80-\xff]*/g;

/**
 * The quote that is open behind a line, as pg_dump writes SQL: a quote inside of quotes is doubled, never escaped, and
 * comments are lines. `line` is Latin-1 text; `quote` was open before it.
 */
export function quoteAfter(line: string, quote: Quote): Quote {
  let open = quote;
  for (let at = 0; ; ) {
    if (open !== null) {
      const end = line.indexOf(open, at);
      if (end === -1) return open;
      at = end + open.length;
      open = null;
    }
    opening.lastIndex = at;
    const found = opening.exec(line)?.[0];
    if (found === undefined || found === '--') return null;
    at = opening.lastIndex;
    if (found === "'" || found === '"' || found.startsWith('$')) open = found;
  }
}
