import type { DatabaseStatus, Level, Status, StatusLine } from '@sagekeep/contracts';
import { plainLine } from '../text/plain.ts';
import { counted, duration } from '../text/units.ts';

export interface RenderStatusOptions {
  /** Colours for a terminal; default none. */
  readonly color?: boolean;
}

const words: Readonly<Record<Level, string>> = { ok: 'ok', warn: 'WARN', fail: 'FAIL', unknown: '?' };
const colours: Readonly<Record<Level, string>> = { ok: '32', warn: '33', fail: '31', unknown: '36' };

/** A status for a terminal: one headline, then a line per fact, with since when, why and what to type below the bad ones. */
export function renderStatus(status: Status, options: RenderStatusOptions = {}): string {
  const paint = options.color === true ? coloured : plain;
  const lines = [
    headline(status, paint),
    ...status.databases.flatMap((database) => databaseLines(database, status.at, paint)),
    '',
    paint(worstOf(status.lines), 'system'),
    ...status.lines.flatMap((line) => statusLine(line, status.at, paint)),
  ];
  return `${lines.join('\n')}\n`;
}

type Paint = (level: Level, text: string) => string;
const plain: Paint = (_level, text) => text;
const coloured: Paint = (level, text) => `\u001b[${colours[level]}m${text}\u001b[0m`;

function headline(status: Status, paint: Paint): string {
  const all = [...status.databases.flatMap(({ lines }) => lines), ...status.lines];
  const bad = all.filter(({ level }) => level === 'fail' || level === 'warn').length;
  const unknown = all.filter(({ level }) => level === 'unknown').length;
  const text =
    bad > 0
      ? `${words[status.level]}  ${counted(bad, 'line')} need${bad === 1 ? 's' : ''} you`
      : unknown > 0
        ? `ok so far, ${counted(unknown, 'thing')} not known yet`
        : `ok  every database is ${databasesAreProven(status) ? 'proven and ' : ''}within its targets`;
  return paint(status.level, text);
}

/** Where proofs are switched off, all may be well without one. */
function databasesAreProven({ databases }: Status): boolean {
  return databases.every(({ lastProven }) => lastProven !== null);
}

function databaseLines(database: DatabaseStatus, at: string, paint: Paint): string[] {
  const { backups } = database;
  const held = backups === null ? 'backups not known' : counted(backups.count, 'backup');
  const title = paint(database.level, `${database.database}  ${held}`);
  return ['', title, ...database.lines.flatMap((line) => statusLine(line, at, paint))];
}

function statusLine(line: StatusLine, at: string, paint: Paint): string[] {
  const mark = paint(line.level, words[line.level].padEnd(4));
  const text = `  ${mark}  ${plainLine(line.text)}`;
  if (line.level === 'ok') return [text];
  const indent = ' '.repeat(8);
  return [
    text,
    ...(line.since === null ? [] : [`${indent}since ${since(line.since, at)}`]),
    ...(line.why === null ? [] : [`${indent}why   ${plainLine(line.why)}`]),
    ...(line.command === null ? [] : [`${indent}next  ${plainLine(line.command)}`]),
  ];
}

function since(instant: string, at: string): string {
  const age = Date.parse(at) - Date.parse(instant);
  return `${instant.replace(/\.\d+Z$/, 'Z')} (${duration(Math.max(0, age))} ago)`;
}

function worstOf(lines: readonly StatusLine[]): Level {
  for (const level of ['fail', 'warn', 'unknown'] as const) {
    if (lines.some((line) => line.level === level)) return level;
  }
  return 'ok';
}
