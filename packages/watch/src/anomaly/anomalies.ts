import { byteSize, count, percent } from '../text/units.ts';
import type { ContentFigures, TableFigures } from './snapshot.ts';

/** How far back history explains something: more than four weeks of daily backups. */
const lookBack = 35;

/** Below these, a change is never a reason by itself: shares of rows, numbers of rows and of values, bytes. */
const limits = {
  emptiedRows: 5,
  emptiedValues: 5,
  nullShare: 0.15,
  newNulls: 20,
  sizeDrop: 0.5,
  sizeJump: 3,
  smallBytes: 1e6,
  largeBytes: 100e6,
} as const;

/**
 * Why a new backup looks wrong against the ones before it, in words; empty when history explains it. `history` is newest
 * first and holds only backups that nobody doubts. Pure.
 */
export function anomalies(now: ContentFigures, history: readonly ContentFigures[]): string[] {
  const past = history.slice(0, lookBack);
  const [last] = past;
  if (last === undefined) return [];
  return [
    ...otherServer(now, last),
    ...vanishedTables(now, past),
    ...[...now.tables].flatMap(([name, table]) => [
      ...collapsedRows(name, table, past),
      ...jumpedNulls(name, table, past),
    ]),
    ...changedSize(now, past),
  ];
}

function otherServer(now: ContentFigures, last: ContentFigures): string[] {
  if (now.systemIdentifier === null || last.systemIdentifier === null) return [];
  if (now.systemIdentifier === last.systemIdentifier) return [];
  return [
    `it comes from another server: system identifier ${now.systemIdentifier}, before ${last.systemIdentifier}`,
  ];
}

/** Tables that held rows and are gone, unless they come and go, or the oldest of a row of partitions made room. */
function vanishedTables(now: ContentFigures, past: readonly ContentFigures[]): string[] {
  const [last] = past;
  if (last === undefined) return [];
  const gone = vanished(last, now);
  return gone
    .filter((name) => !isRotated(name, { last, now, gone }) && !comesAndGoes(name, past))
    .map((name) => `the table ${name} is gone; it held ${count(last.tables.get(name)?.rows ?? 0)} rows`);
}

/** It was there, was gone, and came back before. */
function comesAndGoes(name: string, past: readonly ContentFigures[]): boolean {
  return usualPairs(past).some(([after, before]) => before.tables.has(name) && !after.tables.has(name));
}

interface Rotation {
  readonly last: ContentFigures;
  readonly now: ContentFigures;
  readonly gone: readonly string[];
}

/** Partitions by date or number: names that differ in digits only; the oldest go, at least one stays. */
function isRotated(name: string, { last, now, gone }: Rotation): boolean {
  const family = name.replace(/\d+/g, '#');
  if (family === name) return false;
  const inFamily = (one: string) => one.replace(/\d+/g, '#') === family;
  const stayed = [...now.tables.keys()].filter(inFamily);
  const before = [...last.tables.keys()]
    .filter(inFamily)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const oldest = before.slice(0, before.filter((one) => gone.includes(one)).length);
  return stayed.length > 0 && oldest.includes(name);
}

function vanished(before: ContentFigures, after: ContentFigures): string[] {
  return [...before.tables]
    .filter(([name, { rows }]) => rows > 0 && !after.tables.has(name))
    .map(([name]) => name);
}

function collapsedRows(name: string, { rows }: TableFigures, past: readonly ContentFigures[]): string[] {
  const holding = past.filter(({ tables }) => tables.has(name));
  const rowsIn = ({ tables }: ContentFigures) => tables.get(name)?.rows ?? 0;
  const last = holding[0] === undefined ? 0 : rowsIn(holding[0]);
  if (last <= rows) return [];
  const drops = usualPairs(holding).map(([after, earlier]) =>
    rowsIn(earlier) === 0 ? 0 : (rowsIn(earlier) - rowsIn(after)) / rowsIn(earlier),
  );
  const usual = Math.max(0, ...drops);
  const drop = (last - rows) / last;
  const emptied = rows === 0 && last >= limits.emptiedRows && usual < 0.5;
  if (!emptied && drop <= Math.max(tolerance(last), 2 * usual)) return [];
  return [`the rows of ${name} collapsed from ${count(last)} to ${count(rows)}`];
}

/** Small tables come and go by themselves; of a large one a third does not. */
function tolerance(rows: number): number {
  if (rows >= 10_000) return 0.3;
  if (rows >= 1_000) return 0.5;
  return rows >= 20 ? 0.9 : 1;
}

function jumpedNulls(name: string, table: TableFigures, past: readonly ContentFigures[]): string[] {
  return [...table.nullShares].flatMap(([column, share]) => {
    const shareIn = ({ tables }: ContentFigures) => tables.get(name)?.nullShares.get(column);
    const holding = past.filter((one) => shareIn(one) !== undefined);
    const [last] = holding;
    if (last === undefined) return [];
    const before = shareIn(last) ?? 0;
    const rises = usualPairs(holding).map(
      ([after, earlier]) => (shareIn(after) ?? 0) - (shareIn(earlier) ?? 0),
    );
    const usual = Math.max(0, ...rises);
    const newNulls = share * table.rows - before * (last.tables.get(name)?.rows ?? 0);
    const jumped = share - before > Math.max(limits.nullShare, 2 * usual) && newNulls >= limits.newNulls;
    if (!jumped && !isEmptied(name, { column, table, holding })) return [];
    return [`NULLs in ${name}.${column} jumped from ${percent(before)} to ${percent(share)} of the rows`];
  });
}

interface EmptiedColumn {
  readonly column: string;
  readonly table: TableFigures;
  /** The earlier backups that hold the column. */
  readonly holding: readonly ContentFigures[];
}

/**
 * The rows are there and not one has a value any more, which a column that was NULL while it was new, or mostly is, hides
 * from the rise of its share; unless that has happened before.
 */
function isEmptied(name: string, { column, table, holding }: EmptiedColumn): boolean {
  const sharesIn = ({ tables }: ContentFigures) => tables.get(name)?.nullShares.get(column) ?? 0;
  const [last] = holding;
  const rowsBefore = last?.tables.get(name)?.rows ?? 0;
  if (last === undefined || (table.nullShares.get(column) ?? 0) < 1) return false;
  if ((1 - sharesIn(last)) * rowsBefore < limits.emptiedValues || table.rows < 0.9 * rowsBefore) return false;
  return !usualPairs(holding).some(([after, earlier]) => sharesIn(after) === 1 && sharesIn(earlier) < 1);
}

function changedSize(now: ContentFigures, past: readonly ContentFigures[]): string[] {
  const [last] = past;
  if (last === undefined || last.bytes === 0) return [];
  const ratios = usualPairs(past).flatMap(([after, before]) =>
    before.bytes === 0 ? [] : [after.bytes / before.bytes],
  );
  const ratio = now.bytes / last.bytes;
  const text = `from ${byteSize(last.bytes)} to ${byteSize(now.bytes)}`;
  if (last.bytes > limits.smallBytes && ratio < Math.min(limits.sizeDrop, ...ratios.map((one) => one / 2))) {
    return [`the content dropped ${text}`];
  }
  if (now.bytes > limits.largeBytes && ratio > Math.max(limits.sizeJump, ...ratios.map((one) => one * 2))) {
    return [`the content jumped ${text}`];
  }
  return [];
}

/** Neighbours in a history that is newest first, each with the one before it in time: the changes that need no person. */
function usualPairs(
  history: readonly ContentFigures[],
): (readonly [after: ContentFigures, earlier: ContentFigures])[] {
  return history
    .slice(1)
    .map((earlier, index) => [history[index] as ContentFigures, earlier] as const)
    .filter(([after, earlier]) => !after.acknowledged && !earlier.acknowledged);
}
