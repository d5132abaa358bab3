import { quoteIdentifier } from '../../server/index.ts';
import { type Check, counted, pass, skip, some, warn } from '../check.ts';
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
    const empty: string[] = [];
    for (const [index, { table, column, name }] of present.entries()) {
      if (!probe.hasTime()) return skip(`${index} of ${present.length} columns read before the time was up`);
      const { count } = await probe.queryOne<{ count: string }>(
        `select count(*)::text as count from ${table} where ${column} !~ '\\S' or ${column} is null`,
      );
      if (count !== '0') empty.push(`${name}: ${count} rows`);
    }
    return empty.length > 0
      ? warn(`empty: ${some(empty)}`)
      : pass(`${counted(present.length, 'column', 'columns')} filled in every row`);
  },
};
