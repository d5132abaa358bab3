import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import type { ExpectedIndex } from '../expectations/expected.ts';
import { type LiveIndex, liveIndexes, plainName } from '../expectations/live.ts';
import { nothingExpected } from '../expectations/nothingExpected.ts';

export const structureIndexes: Check = {
  id: 'structure.indexes',
  title: 'Expected indexes',
  group: 'structure',
  mode: 'quick',
  asks: 'Is every expected index there, of the expected method, key columns and operator class, unique or partial as declared?',
  worst: 'fail',
  expected: 'all of them',
  advice: 'Create the index again as it was defined (CREATE INDEX CONCURRENTLY does not block writers).',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null) return skip(...nothingExpected);
    const live = new Map(
      (await liveIndexes(probe)).map((index) => [plainName(index.schema, index.name), index]),
    );
    const faults = expected.indexes.flatMap((index) =>
      fault(index, live.get(plainName(index.schema, index.name))),
    );
    if (faults.length > 0) return fail(`${some(faults)} (${expected.source})`);
    return pass(`${counted(expected.indexes.length, 'index', 'indexes')} (${expected.source})`);
  },
};

function fault(expected: ExpectedIndex, live: LiveIndex | undefined): string[] {
  const name = plainName(expected.schema, expected.name);
  if (live === undefined) return [`${name} is missing`];
  if (expected.method !== null && expected.method !== live.method) {
    return [`${name} is ${live.method}, not ${expected.method}`];
  }
  const { keys, unique, partial } = expected;
  if (keys !== null && JSON.stringify(keys) !== JSON.stringify(live.keys)) {
    return [`${name} is over (${shown(live.keys)}), not (${shown(keys)})`];
  }
  if (unique !== null && unique !== live.unique) return [`${name} is ${unique ? 'not unique' : 'unique'}`];
  if (partial !== null && partial !== live.partial) {
    return [`${name} ${partial ? 'has no condition' : 'has a condition: it lacks rows'}`];
  }
  const other = expected.operatorClasses.filter((wanted) => !live.operatorClasses.includes(wanted));
  return other.length === 0
    ? []
    : [`${name} uses ${live.operatorClasses.join(', ')}, not ${other.join(', ')}`];
}

function shown(keys: readonly (string | null)[]): string {
  return keys.map((key) => key ?? 'an expression').join(', ');
}
