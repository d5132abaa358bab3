import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import { liveConstraints } from '../expectations/live.ts';
import { missingConstraints } from '../expectations/missingConstraints.ts';
import { nothingExpected } from '../expectations/nothingExpected.ts';

export const structureConstraints: Check = {
  id: 'structure.constraints',
  title: 'Expected constraints',
  group: 'structure',
  mode: 'quick',
  asks: 'Is every expected primary key, unique, foreign key and check constraint there, over its columns?',
  worst: 'fail',
  expected: 'all of them',
  advice: 'Add the constraint again; check the rows first, something may have got in meanwhile.',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null) return skip(...nothingExpected);
    const faults = missingConstraints(expected.constraints, await liveConstraints(probe));
    if (faults.length > 0) return fail(`${some(faults)} (${expected.source})`);
    return pass(`${counted(expected.constraints.length, 'constraint', 'constraints')} (${expected.source})`);
  },
};
