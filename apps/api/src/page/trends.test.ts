import { expect, it } from 'vitest';
import { trends } from './trends.ts';

const measured = (at: string, percent: number) => ({
  ...{ database: 'sage', at, percent: { 'memories.embedding': percent } },
});

it('the coverage of a vector column is drawn once there are two figures', () => {
  const coverage = [measured('2026-11-22T11:00:00Z', 97.5), measured('2026-11-21T10:00:00Z', 80)];
  const drawn = trends({ backups: [], coverage })?.html ?? '';
  expect(drawn).toContain(
    'aria-label="Coverage of memories.embedding: 97.5 % on 2026-11-22, at most 97.5 % since 2026-11-21"',
  );
  expect(drawn.match(/<circle/g)).toHaveLength(2);
  expect(trends({ backups: [], coverage: coverage.slice(0, 1) })).toBeNull();
});
