import { type Check, fail, pass } from '../check.ts';

export const consistencyChecksums: Check = {
  id: 'consistency.checksums',
  title: 'Page checksums',
  group: 'consistency',
  mode: 'quick',
  asks: 'Does the server check its pages, and did a page ever fail?',
  worst: 'fail',
  expected: 'checksums on, no failure',
  advice: 'A page does not match its checksum: look at the disk, restore the newest proven backup beside it.',
  async run(probe) {
    const row = await probe.queryOne<{ enabled: string; failures: string | null; at: string | null }>(`
      select current_setting('data_checksums') as enabled, checksum_failures::text as failures,
             checksum_last_failure::text as at
      from pg_stat_database where datname = current_database()`);
    if (row.failures !== null && row.failures !== '0')
      return fail(`${row.failures} failures, the last at ${row.at ?? '?'}`);
    if (row.enabled === 'on') return pass('on, no failure');
    return { ...pass('off: damage on the disk shows only when data is read'), expected: 'no failure' };
  },
};
