import { type Check, pass, skip, some, warn } from '../check.ts';

export const consistencyCollation: Check = {
  id: 'consistency.collation',
  title: 'Collation versions',
  group: 'consistency',
  mode: 'quick',
  asks: "Does the operating system still sort text as it did when the database's indexes were built?",
  worst: 'warn',
  expected: 'the recorded version is the present one',
  advice:
    'REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION: text indexes may be out of order.',
  async run(probe) {
    if (probe.serverVersionNum < 150_000) return skip('servers before 15 do not record it');
    const rows = await probe.query<{ name: string; recorded: string; actual: string }>(`
      select format('database %I', datname) as name, datcollversion as recorded,
             pg_database_collation_actual_version(oid) as actual
      from pg_database where datname = current_database()
        and datcollversion <> pg_database_collation_actual_version(oid)
      union all
      select distinct format('collation %I', l.collname), l.collversion, pg_collation_actual_version(l.oid)
      from pg_collation l join pg_attribute a on a.attcollation = l.oid join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and l.collversion <> pg_collation_actual_version(l.oid)
      order by 1`);
    if (rows.length === 0) return pass('unchanged');
    return warn(
      some(
        rows.map(({ name, recorded, actual }) => `${name} was made with ${recorded}, now it is ${actual}`),
      ),
    );
  },
};
