import { isGoodRegular } from '@sagekeep/storage';
import { type Check, pass, warn } from '../check.ts';

/** Growth between the newest backup and now that deserves a look. */
const factor = 3;
const smallBytes = 1e9;

export const performanceSize: Check = {
  id: 'performance.size',
  title: 'Size of the database',
  group: 'performance',
  mode: 'quick',
  asks: 'How large is the database, and how much has it grown since its newest backup?',
  worst: 'warn',
  expected: `less than ${factor} times the newest backup's size, or below 1 GB`,
  advice:
    'Look at performance.largest for what grew; make sure that the storage has room for the next backup.',
  async run(probe) {
    const { bytes } = await probe.queryOne<{ bytes: string }>(
      `select pg_database_size(current_database())::text as bytes`,
    );
    const size = Number(bytes);
    const newest = (await probe.backups()).find(isGoodRegular)?.manifest;
    const before = newest?.databaseBytes ?? 0;
    const text = `${(size / 1e6).toFixed(1)} MB`;
    const measures = { bytes: size };
    if (newest === undefined || before === 0) return { ...pass(text), measures };
    const growth = `${text}, ${(((size - before) / before) * 100).toFixed(1)} % since ${newest.id}`;
    return { ...(hasOutgrown(size, before) ? warn(growth) : pass(growth)), measures };
  },
};

/** Whether a database has become much larger than at its newest backup, bytes. */
export function hasOutgrown(size: number, before: number): boolean {
  return size > smallBytes && size > factor * before;
}
