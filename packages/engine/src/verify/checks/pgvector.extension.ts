import { type Check, fail, pass, skip, warn } from '../check.ts';

export const pgvectorExtension: Check = {
  id: 'pgvector.extension',
  title: 'pgvector installed',
  group: 'pgvector',
  mode: 'quick',
  asks: 'Is the extension `vector` there, in the version that its library has?',
  worst: 'fail',
  expected: 'installed where it is expected',
  advice: 'CREATE EXTENSION vector; install the pgvector package first if the server does not know it.',
  async run(probe) {
    const [row] = await probe.query<{ version: string; available: string | null }>(`
      select e.extversion as version, a.default_version as available
      from pg_extension e left join pg_available_extensions a on a.name = e.extname where e.extname = 'vector'`);
    if (row === undefined) {
      const wanted = (await probe.expected())?.extensions.includes('vector') ?? false;
      return wanted ? fail('missing') : skip('not installed, and nothing expects it');
    }
    if (row.available === null) return fail(`${row.version}, but its files are gone from the server`);
    if (row.available === row.version) return pass(row.version);
    return warn(`${row.version}; the server has ${row.available}`, 'ALTER EXTENSION vector UPDATE');
  },
};
