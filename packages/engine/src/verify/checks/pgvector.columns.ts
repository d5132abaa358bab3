import { type Check, fail, pass, skip, some } from '../check.ts';
import { normalType } from '../expectations/normalType.ts';
import { tokensOf } from '../expectations/tokens.ts';

export const pgvectorColumns: Check = {
  id: 'pgvector.columns',
  title: 'Vector columns',
  group: 'pgvector',
  mode: 'quick',
  asks: 'Which vector columns are there, and do they have the dimension that the schema file declares?',
  worst: 'fail',
  expected: 'every declared vector column with its dimension',
  advice: 'Bring the column back to its dimension; the vectors must be computed anew for another one.',
  async run(probe) {
    const columns = await probe.vectorColumns();
    const expected = await probe.expected();
    const live = new Map(columns.map((one) => [one.name.replaceAll('"', ''), one]));
    const faults = (expected?.tables ?? []).flatMap(({ schema, name, columns: declared }) =>
      declared
        .filter(({ type }) => /^(vector|halfvec|sparsevec)/.test(type ?? ''))
        .flatMap((column) => {
          const found = live.get(`${schema}.${name}.${column.name}`);
          if (found === undefined) return [`${schema}.${name}.${column.name} is missing`];
          const type = `${found.type}${found.dimension === null ? '' : `(${found.dimension})`}`;
          return normalType(tokensOf(type)) === column.type
            ? []
            : [`${found.name} is ${type}, not ${column.type}`];
        }),
    );
    if (faults.length > 0) return fail(some(faults));
    if (columns.length === 0) return skip('no vector column');
    return pass(some(columns.map(({ name, type, dimension }) => `${name} ${type}(${dimension ?? 'any'})`)));
  },
};
