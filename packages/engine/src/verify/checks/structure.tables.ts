import { type Check, fail, pass, skip, some } from '../check.ts';
import { liveTables, plainName } from '../expectations/live.ts';
import { nothingExpected } from '../expectations/nothingExpected.ts';

export const structureTables: Check = {
  id: 'structure.tables',
  title: 'Expected tables',
  group: 'structure',
  mode: 'quick',
  asks: 'Is every table there that the schema file names, or that the newest proven backup holds?',
  worst: 'fail',
  expected: 'all of them',
  advice: 'Restore it: sagekeep list --table TABLE shows which backups hold it.',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null) return skip(...nothingExpected);
    const live = new Set((await liveTables(probe)).map(({ schema, name }) => plainName(schema, name)));
    const names = expected.tables.map(({ schema, name }) => plainName(schema, name));
    const missing = names.filter((name) => !live.has(name));
    if (missing.length === 0) return pass(`${names.length} of ${names.length} (${expected.source})`);
    return fail(`${missing.length} of ${names.length} missing: ${some(missing)} (${expected.source})`);
  },
};
