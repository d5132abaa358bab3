import { quoteIdentifier } from '../../server/index.ts';
import { askEach, verdict } from '../askEach.ts';
import { type Check, counted, skip } from '../check.ts';
import { liveTables, plainName } from '../expectations/live.ts';

interface Field {
  readonly table: string;
  readonly column: string;
  readonly name: string;
}

export const consistencyRequiredFields: Check = {
  id: 'consistency.required-fields',
  title: 'Required fields are filled',
  group: 'consistency',
  mode: 'full',
  asks: 'Are text columns that the schema file declares NOT NULL empty, or nothing but white space?',
  worst: 'warn',
  expected: 'no empty required field',
  advice: 'Find out what wrote these rows; sagekeep list --table TABLE shows backups from before.',
  async run(probe) {
    const expected = await probe.expected();
    if (expected === null || expected.from !== 'file')
      return skip('no schema file says which fields are required');
    const live = new Set(
      (await liveTables(probe)).flatMap((table) =>
        table.columns.map((column) => `${plainName(table.schema, table.name)}.${column.name}`),
      ),
    );
    const fields = expected.tables.flatMap(({ schema, name, columns }): Field[] =>
      columns
        .filter(({ type, notNull }) => notNull === true && /^(text|character)/.test(type ?? ''))
        .map((column) => ({
          table: `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`,
          column: quoteIdentifier(column.name),
          name: `${plainName(schema, name)}.${column.name}`,
        })),
    );
    const present = fields.filter(({ name }) => live.has(name));
    const asked = await askEach(probe, present, async ({ table, column, name }) => {
      const { count } = await probe.queryOne<{ count: string }>(
        `select count(*)::text as count from ${table} where ${column} !~ '\\S' or ${column} is null`,
      );
      return count === '0' ? [] : [`${name} is empty in ${count} rows`];
    });
    return verdict(asked, {
      faults: asked.answers.flat(),
      status: 'warn',
      passed: `${counted(asked.answers.length, 'column', 'columns')} filled in every row`,
    });
  },
};
