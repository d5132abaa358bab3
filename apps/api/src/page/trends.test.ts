import { expect, it } from 'vitest';
import { trends } from './trends.ts';

const observed = (at: string, percent: number) => ({
  ...{
    version: 1 as const,
    id: at,
    kind: 'verification' as const,
    database: 'sage',
    at,
    status: 'pass' as const,
  },
  measures: { 'pgvector.coverage': { 'memories.embedding': percent } },
});

it('the coverage of a vector column is drawn from the newest figure of each day', () => {
  const observations = [
    observed('2026-11-21T10:00:00Z', 80),
    observed('2026-11-22T10:00:00Z', 85),
    observed('2026-11-22T11:00:00Z', 97.5),
  ];
  const drawn = trends({ backups: [], observations })?.html ?? '';
  expect(drawn).toContain(
    'aria-label="Coverage of memories.embedding: 97.5 % on 2026-11-22, at most 97.5 % since 2026-11-21"',
  );
  expect(drawn.match(/<circle/g)).toHaveLength(2);
  expect(trends({ backups: [], observations: observations.slice(0, 1) })).toBeNull();
});
