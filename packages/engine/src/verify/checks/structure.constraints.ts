import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import { liveConstraints, plainName } from '../expectations/live.ts';
import { nothingExpected } from '../expectations/nothingExpected.ts';

export const structureConstraints: Check = {
  id: 'structure.constraints',
  title: 'Expected constraints',
  group: 'structure',
  mode: 'quick',
  asks: 'Is every expected primary key, unique, foreign key and check constraint there?',
  worst: 'fail',
  expected: 'all of them',
  advice: 'Add the constraint again; check the rows first, something may have got in meanwhile.',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null) return skip(...nothingExpected);
    const live = await liveConstraints(probe);
    const missing = expected.constraints.flatMap(({ schema, table, name, kind }) => {
      const there = live.filter((one) => one.schema === schema && one.table === table);
      const found = there.some((one) => (name === null ? one.kind === kind : one.name === name));
      return found ? [] : [`${name ?? kind} of ${plainName(schema, table)}`];
    });
    if (missing.length > 0) return fail(`missing: ${some(missing)} (${expected.source})`);
    return pass(`${counted(expected.constraints.length, 'constraint', 'constraints')} (${expected.source})`);
  },
};
