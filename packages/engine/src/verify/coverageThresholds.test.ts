import { expect, it } from 'vitest';
import { coverageThresholds, levelOf } from './coverageThresholds.ts';

const column = (schemaName: string, tableName: string, columnName: string) => ({
  ...{ schemaName, tableName, columnName },
  name: `${schemaName}.${tableName}.${columnName}`,
});
const columns = [column('public', 'notes', 'v'), column('app', 'notes', 'v'), column('app', 'Odd', 'v')];

it.each([
  [90, 'good'],
  [89.9, 'fair'],
  [70, 'fair'],
  [69.9, 'poor'],
])('%d %% is %s', (percent, level) => expect(levelOf(percent, [90, 70])).toBe(level));

it('a column has its own thresholds, or those of all', () => {
  const coverageOf = { 'notes.v': [50, 20], 'app."Odd".v': [99, 98] } as const;
  const thresholds = coverageThresholds({ coverage: [90, 70], coverageOf }, columns);
  expect(columns.map(({ name }) => thresholds.of(name))).toEqual([
    [50, 20],
    [90, 70],
    [99, 98],
  ]);
  expect(thresholds.faults).toEqual([]);
  expect(thresholds.text).toBe(
    'at least 90 % good, 70 % fair; public.notes.v 50 % good, 20 % fair; app.Odd.v 99 % good, 98 % fair',
  );
});

it('names what is configured for no vector column', () => {
  const coverageOf = { 'notes.body': [50, 20], 'gone.v': [50, 20], nothing: [50, 20] } as const;
  const { faults, text } = coverageThresholds({ coverage: [90, 70], coverageOf }, columns);
  expect(faults).toEqual([
    'there is no vector column notes.body',
    'there is no vector column gone.v',
    'there is no vector column nothing',
  ]);
  expect(text).toBe('at least 90 % good, 70 % fair');
});
