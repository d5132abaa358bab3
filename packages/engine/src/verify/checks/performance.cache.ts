import { type Answer, type Check, pass, warn } from '../check.ts';

/** Fewer blocks say nothing about habits. */
const enoughBlocks = 1_000_000;

export const performanceCache: Check = {
  id: 'performance.cache',
  title: 'Cache hit ratio',
  group: 'performance',
  mode: 'quick',
  asks: 'Which share of the blocks was found in shared buffers?',
  worst: 'warn',
  expected: 'above 80 %, once a million blocks were read',
  advice: 'Give the server more shared_buffers, or look for queries that read whole tables.',
  async run(probe) {
    const { hit, read } = await probe.queryOne<{ hit: string; read: string }>(
      'select blks_hit::text as hit, blks_read::text as read from pg_stat_database where datname = current_database()',
    );
    return judgeHits(Number(hit), Number(read));
  },
};

/** Blocks found in shared buffers, and blocks asked of the operating system. */
export function judgeHits(hit: number, read: number): Answer {
  const all = hit + read;
  if (all === 0) return pass('nothing read yet');
  const ratio = hit / all;
  const text = `${(ratio * 100).toFixed(1)} % of ${all} blocks`;
  return all >= enoughBlocks && ratio < 0.8 ? warn(text) : pass(text);
}
