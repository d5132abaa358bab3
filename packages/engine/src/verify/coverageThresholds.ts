import type { Expectations } from '@sagekeep/contracts';
import { readColumn } from './reference.ts';
import type { VectorColumn } from './vectorColumns.ts';

/** Percent: good from the first, fair from the second, else poor. */
export type Thresholds = readonly [number, number];
export type Level = 'good' | 'fair' | 'poor';

export interface CoverageThresholds {
  /** Those of a vector column, by its name. */
  readonly of: (name: string) => Thresholds;
  /** What is configured for a column that there is not. */
  readonly faults: readonly string[];
  /** All of them, for people. */
  readonly text: string;
}

type Column = Pick<VectorColumn, 'name' | 'schemaName' | 'tableName' | 'columnName'>;

/** What is expected of each vector column: its own thresholds, or those of all. */
export function coverageThresholds(
  { coverage, coverageOf = {} }: Pick<Expectations, 'coverage' | 'coverageOf'>,
  columns: readonly Column[],
): CoverageThresholds {
  const own = new Map<string, Thresholds>();
  const faults: string[] = [];
  for (const [text, thresholds] of Object.entries(coverageOf)) {
    const name = columnNamed(columns, text)?.name;
    if (name === undefined) faults.push(`there is no vector column ${text}`);
    else own.set(name, thresholds);
  }
  const texts = [...own].map(([name, [good, fair]]) => `; ${name} ${good} % good, ${fair} % fair`);
  return {
    of: (name) => own.get(name) ?? coverage,
    faults,
    text: `at least ${coverage[0]} % good, ${coverage[1]} % fair${texts.join('')}`,
  };
}

export function levelOf(percent: number, [good, fair]: Thresholds): Level {
  if (percent >= good) return 'good';
  return percent >= fair ? 'fair' : 'poor';
}

function columnNamed(columns: readonly Column[], text: string): Column | undefined {
  const wanted = readColumn(text);
  return columns.find(
    ({ schemaName, tableName, columnName }) =>
      schemaName === wanted?.schemaName && tableName === wanted.tableName && columnName === wanted.columnName,
  );
}
