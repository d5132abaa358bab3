import { type Check, fail, pass, skip, some } from '../check.ts';
import { invalidIndexes } from '../invalidIndexes.ts';
import { findVectorIndexes } from '../vectorIndexes.ts';

export const pgvectorIndexes: Check = {
  id: 'pgvector.indexes',
  title: 'Vector indexes',
  group: 'pgvector',
  mode: 'quick',
  asks: 'Is every HNSW and IVFFlat index valid? Which operator class and parameters does it have?',
  worst: 'fail',
  expected: 'all valid that are not being built right now',
  advice: 'REINDEX INDEX CONCURRENTLY it; with maintenance_work_mem large enough for the whole graph.',
  async run(probe) {
    const indexes = await findVectorIndexes(probe);
    if (indexes.length === 0) return skip('no vector index');
    const known = new Set(indexes.map(({ oid }) => oid));
    const invalid = (await invalidIndexes(probe)).filter(({ oid }) => known.has(oid)).map(({ name }) => name);
    if (invalid.length > 0) return fail(`invalid: ${some(invalid)}`);
    return pass(
      some(
        indexes.map(
          ({ name, method, operatorClass, parameters }) =>
            `${name} ${method} ${operatorClass}${parameters === '' ? '' : ` (${parameters})`}`,
        ),
      ),
    );
  },
};
