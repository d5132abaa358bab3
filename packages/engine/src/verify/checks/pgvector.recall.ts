import { type Check, pass, skip, some, warn } from '../check.ts';
import { measureRecall } from '../recall.ts';
import { findVectorIndexes } from '../vectorIndexes.ts';

/** Share of the true ten nearest that the index must find with the session's own settings. */
const threshold = 0.8;

export const pgvectorRecall: Check = {
  id: 'pgvector.recall',
  title: 'Recall of vector indexes',
  group: 'pgvector',
  mode: 'full',
  asks: 'How many of the ten truly nearest rows does the index find, for sampled rows, against an exact scan?',
  worst: 'warn',
  expected: `recall@10 of at least ${threshold}`,
  advice: 'Raise hnsw.ef_search or ivfflat.probes; REINDEX an IVFFlat index that was built before the data.',
  async run(probe) {
    const indexes = (await findVectorIndexes(probe)).filter(({ valid }) => valid);
    if (indexes.length === 0) return skip('no vector index');
    const low: string[] = [];
    const all: string[] = [];
    for (const index of indexes) {
      if (!probe.hasTime()) break;
      const measured = await measureRecall(probe, index);
      if (measured === null) continue;
      const text = `${index.name}: ${measured.recall.toFixed(3)} over ${measured.samples} rows`;
      all.push(text);
      if (measured.recall < threshold) low.push(text);
    }
    if (all.length === 0) return skip('no indexed row could be compared before the time was up');
    return low.length > 0 ? warn(some(low)) : pass(some(all));
  },
};
