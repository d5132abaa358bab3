import { askEach, verdict } from '../askEach.ts';
import { type Check, counted, skip, some } from '../check.ts';
import { measureRecall, type Recall, type Unasked } from '../recall.ts';
import { findVectorIndexes } from '../vectorIndexes.ts';

/** Share of the true ten nearest that the index must find with the session's own settings, unless configured. */
const usualThreshold = 0.8;

export const pgvectorRecall: Check = {
  id: 'pgvector.recall',
  title: 'Recall of vector indexes',
  group: 'pgvector',
  mode: 'full',
  asks: 'How many of the ten truly nearest rows does the index find, for sampled rows, against an exact scan?',
  worst: 'warn',
  expected: `recall@10 of at least ${usualThreshold}, or what expect.recall says`,
  advice: 'Raise hnsw.ef_search or ivfflat.probes; REINDEX an IVFFlat index that was built before the data.',
  async run(probe) {
    const indexes = (await findVectorIndexes(probe)).filter(({ valid, populated }) => valid && populated);
    if (indexes.length === 0) return skip('no vector index');
    const asked = await askEach(probe, indexes, async (index) => {
      const measured = await measureRecall(probe, index);
      return measured === null ? [] : [{ name: index.name, ...measured }];
    });
    const all = asked.answers.flat();
    const measured = all.filter((one) => 'recall' in one);
    const measures = Object.fromEntries(measured.map(({ name, recall }) => [name, recall]));
    if (all.length === 0 && asked.unread.length === 0 && asked.broken.length === 0)
      return skip('no indexed table holds a row');
    const threshold = probe.database.expect.recall ?? usualThreshold;
    const low = measured.filter(({ recall }) => recall < threshold);
    return {
      ...verdict(asked, { faults: low.map(told), status: 'warn', passed: some(all.map(told)) }),
      measures,
    };
  },
};

function told({ name, ...one }: (Recall | Unasked) & { name: string }): string {
  if ('instead' in one)
    return one.instead === null
      ? `${name}: not measured, no search takes it`
      : `${name}: not measured, ${one.instead} answers in its place`;
  const { recall, samples } = one;
  return `${name}: ${recall.toFixed(3)} over ${counted(samples, 'search', 'searches')}`;
}
