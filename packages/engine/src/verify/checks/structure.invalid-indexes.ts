import { type Check, fail, pass, some } from '../check.ts';
import { invalidIndexes } from '../invalidIndexes.ts';

export const structureInvalidIndexes: Check = {
  id: 'structure.invalid-indexes',
  title: 'Valid indexes',
  group: 'structure',
  mode: 'quick',
  asks: 'Is an index marked invalid, left behind by a build that failed?',
  worst: 'fail',
  expected: 'none that is not being built right now',
  advice: 'REINDEX INDEX CONCURRENTLY it, or drop it and create it again.',
  async run(probe) {
    const rows = await invalidIndexes(probe);
    return rows.length === 0 ? pass('none invalid') : fail(`invalid: ${some(rows.map(({ name }) => name))}`);
  },
};
