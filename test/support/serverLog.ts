import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Settings of a server whose log tells what `readServerLog` reads. */
export const tellingLog = {
  log_connections: 'on',
  log_disconnections: 'on',
  log_statement: 'mod',
  log_min_duration_statement: '0',
  log_line_prefix: '%n [%p] %a %d ',
};

/** What a group of sessions did, from the first moment to the last, s. */
export interface Span {
  readonly who: string;
  readonly from: number;
  readonly to: number;
}

export interface ServerLog {
  /** For each attempt at a restore or an undo: from its first write to the last word of the sessions that wrote. */
  readonly writes: readonly Span[];
  /** For each backup's session with the live database: from its first word to its last. */
  readonly readings: readonly Span[];
  /** When a database was about to be renamed, s. */
  readonly renames: readonly number[];
}

interface Line {
  readonly at: number;
  readonly pid: string;
  readonly kind: string;
  readonly attempt: string;
  readonly dbname: string;
  readonly words: string;
}

const pattern = /^(\d+\.\d+) \[(\d+)\] sagekeep-([a-z]+)\/(\S+) (\S*) (?:LOG|ERROR|FATAL): {2}(.*)$/;

/** `log_statement` tells of writes alone; all others are told when they have ended, with how long they took. */
function isWrite({ words, attempt }: Line): boolean {
  // Whoever wakes up late drops the copy that only he ever had.
  const tidies = /: drop database if exists "\w+_([0-9a-z]+)"/.exec(words)?.[1] === attempt;
  return /^(statement|execute \S+): /.test(words) && !tidies;
}

function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    const [, at, pid = '', kind = '', attempt = '', dbname = '', words = ''] = pattern.exec(line) ?? [];
    // By the time that its end is told a session has let go of its locks.
    if (at === undefined || words.startsWith('disconnection')) return [];
    return [{ at: Number(at), pid, kind, attempt, dbname, words }];
  });
}

function spansOf(lines: readonly Line[], who: (line: Line) => string): Span[] {
  const groups = Map.groupBy(lines, who);
  const spans = [...groups].map(([name, group]) => {
    const times = group.map(({ at }) => at);
    return { who: name, from: Math.min(...times), to: Math.max(...times) };
  });
  return spans.sort((a, b) => a.from - b.from);
}

/** Reads the log of a server that was started with `tellingLog`. */
export function readServerLog(server: { readonly folder: string }, live: string): ServerLog {
  const lines = linesOf(readFileSync(join(server.folder, 'postgresql.log'), 'utf8'));
  const changing = lines.filter(({ kind }) => kind === 'restore' || kind === 'undo');
  const first = new Map<string, number>();
  for (const line of changing.filter(isWrite)) if (!first.has(line.pid)) first.set(line.pid, line.at);
  const reading = lines.filter(({ kind, dbname }) => kind === 'backup' && dbname === live);
  return {
    writes: spansOf(
      changing.filter(({ pid, at }) => at >= (first.get(pid) ?? Number.POSITIVE_INFINITY)),
      ({ attempt }) => attempt,
    ),
    readings: spansOf(reading, ({ attempt, pid }) => `${attempt} ${pid}`),
    renames: changing.filter((line) => isWrite(line) && / rename to /.test(line.words)).map(({ at }) => at),
  };
}

/** Pairs of what must exclude each other and did not: two attempts that write, and a swap while a backup reads. */
export function overlapsIn({ writes, readings, renames }: ServerLog): string[] {
  const writing = writes.flatMap((span, index) => {
    const later = writes.slice(index + 1).filter(({ from }) => from < span.to);
    return later.map(({ who }) => `${span.who} and ${who} wrote`);
  });
  const read = readings.flatMap(({ who, from, to }) =>
    renames.filter((at) => from < at && at < to).map(() => `a swap while ${who} read`),
  );
  return [...writing, ...read];
}
