import { type Check, fail, pass, some } from '../check.ts';

export const structureInvalidIndexes: Check = {
  id: 'structure.invalid-indexes',
  title: 'Valid indexes',
  group: 'structure',
  mode: 'quick',
  asks: 'Is an index marked invalid, left behind by a build that failed?',
  worst: 'fail',
  expected: 'none that is not being built right now',
  advice: 'REINDEX INDEX CONCURRENTLY it, or drop it and create it again.',
  async run(probe) {
    const rows = await probe.query<{ name: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
      where not (i.indisvalid and i.indisready) and n.nspname !~ '^pg_toast'
        and not exists (select from pg_stat_progress_create_index p
                        where p.datname = current_database() and (p.index_relid = c.oid or p.relid = i.indrelid))
      order by 1`);
    return rows.length === 0 ? pass('none invalid') : fail(`invalid: ${some(rows.map(({ name }) => name))}`);
  },
};
