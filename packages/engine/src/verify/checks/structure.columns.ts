import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import type { ExpectedColumn } from '../expectations/expected.ts';
import { type LiveColumn, liveTables, plainName } from '../expectations/live.ts';
import { nothingExpected } from '../expectations/nothingExpected.ts';

export const structureColumns: Check = {
  id: 'structure.columns',
  title: 'Expected columns',
  group: 'structure',
  mode: 'quick',
  asks: 'Does every expected table have its columns, of the expected type and nullability?',
  worst: 'fail',
  expected: 'all of them, as declared',
  advice: 'Undo the change of the schema, or bring `expect.schema` up to date.',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null) return skip(...nothingExpected);
    const live = new Map(
      (await liveTables(probe)).map((table) => [plainName(table.schema, table.name), table.columns]),
    );
    let seen = 0;
    const faults = expected.tables.flatMap((table) => {
      const name = plainName(table.schema, table.name);
      const columns = live.get(name);
      if (columns === undefined) return [];
      seen += table.columns.length;
      return table.columns.flatMap((column) => fault(name, column, columns));
    });
    if (faults.length === 0) return pass(`${counted(seen, 'column', 'columns')} (${expected.source})`);
    return fail(`${some(faults)} (${expected.source})`);
  },
};

function fault(table: string, expected: ExpectedColumn, live: readonly LiveColumn[]): string[] {
  const name = `${table}.${expected.name}`;
  const column = live.find((one) => one.name === expected.name);
  if (column === undefined) return [`${name} is missing`];
  if (expected.type !== null && expected.type !== column.type) {
    return [`${name} is ${column.type}, not ${expected.type}`];
  }
  return expected.notNull === true && !column.notNull ? [`${name} allows NULL`] : [];
}
