import { expect, it } from 'vitest';
import { administer, createDatabase } from '../../support/servers.ts';
import { ask, noExpectations } from './harness.ts';

/** 95 % of the rows have the one vector, 40 % the other. */
const twoColumns = `
  create extension vector;
  create table notes (early vector(2), late vector(2));
  insert into notes select case when i > 5 then '[1,2]'::vector end, case when i <= 40 then '[1,2]'::vector end
    from generate_series(1, 100) i;
  analyze notes`;

it.each(['full', 'quick'] as const)(
  'each vector column is held against its own thresholds: %s',
  async (mode) => {
    await using database = await createDatabase();
    await administer((client) => client.query(twoColumns), database.url);
    const coverage = async (coverageOf = {}) => {
      const result = await ask(database.url, { mode, expect: { ...noExpectations, coverageOf } });
      return result.finding('pgvector.coverage');
    };
    const poor = mode === 'full' ? 'fail' : 'warn';
    expect(await coverage()).toMatchObject({
      status: poor,
      value: expect.stringMatching(
        /notes\.early: [^;]*95\.0 %[^;]*\); public\.notes\.late: .*40\.0 %.*\(poor\)$/,
      ),
      expected: expect.stringMatching(/^at least 90 % good, 70 % fair; at most/),
    });
    expect(await coverage({ 'notes.late': [40, 20] })).toMatchObject({
      status: 'pass',
      expected: expect.stringContaining('; public.notes.late 40 % good, 20 % fair;'),
    });
    expect(await coverage({ 'notes.late': [50, 40] })).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/late: .*\(fair\)$/),
    });
    expect(await coverage({ 'public.notes.early': [99, 96], 'notes.late': [40, 20] })).toMatchObject({
      status: poor,
      value: expect.stringMatching(/early: .*\(poor\); public/),
    });
    expect(await coverage({ 'notes.gone': [90, 70], 'notes.late': [40, 20] })).toMatchObject({
      status: 'fail',
      value: 'there is no vector column notes.gone',
      advice: expect.stringContaining('expect.coverageOf'),
    });
  },
);

it('thresholds for a column of a database without vectors are a fault, not silence', async () => {
  await using database = await createDatabase();
  const expectations = { ...noExpectations, coverageOf: { 'notes.early': [90, 70] } } as const;
  const result = await ask(database.url, { mode: 'quick', expect: expectations });
  expect(result.finding('pgvector.coverage')).toMatchObject({ status: 'fail' });
});
