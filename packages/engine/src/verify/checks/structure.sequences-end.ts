import { unreadText } from '../askEach.ts';
import { type Answer, type Check, fail, pass, skip, some, warn } from '../check.ts';

interface Sequence {
  name: string;
  /** Null where the role may not read the sequence. */
  share: number | null;
}

export const structureSequencesEnd: Check = {
  id: 'structure.sequences-end',
  title: 'Room in sequences',
  group: 'structure',
  mode: 'quick',
  asks: 'Is a sequence near its end, or near the end of the column that it fills?',
  worst: 'fail',
  expected: 'below 80 % used',
  advice: 'Change column and sequence to bigint before inserts fail.',
  async run(probe) {
    const rows = await probe.query<Sequence>(`
      select s.name, max((s.value - s.start)::float8 / nullif(s.bound - s.start, 0)::float8) as share
      from (
        select format('%I.%I', q.schemaname, q.sequencename) as name, q.last_value::numeric as value,
               case when q.increment_by > 0 then q.min_value else q.max_value end::numeric as start,
               case when q.increment_by < 0 then q.min_value::numeric
                    else least(q.max_value::numeric,
                               case a.atttypid when 21 then 32767 when 23 then 2147483647 else 9223372036854775807 end)
               end as bound
        from pg_sequences q
        join pg_namespace n on n.nspname = q.schemaname
        join pg_class c on c.relnamespace = n.oid and c.relname = q.sequencename
        left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
          and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
        left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where (q.last_value is not null or not has_sequence_privilege(c.oid, 'select, usage')) and not q.cycle) s
      group by s.name, s.value
      having s.value is null or max((s.value - s.start)::float8 / nullif(s.bound - s.start, 0)::float8) >= 0.8
      order by 2 desc nulls last, 1`);
    return judgeSequences(rows, probe.role);
  },
};

function judgeSequences(rows: readonly Sequence[], role: string): Answer {
  const advice = `GRANT SELECT ON these sequences, or pg_read_all_data, TO ${role}`;
  const unread = rows.filter(({ share }) => share === null);
  const left = unreadText({
    unread: unread.map(({ name }) => ({ name, why: `permission denied for ${role}`, advice })),
  });
  const near = rows.flatMap(({ name, share }) => (share === null ? [] : [{ name, share }]));
  const [worst] = near;
  if (worst === undefined) return left === '' ? pass('all below 80 %') : skip(left, advice);
  const texts = some(near.map(({ name, share }) => `${name} ${(share * 100).toFixed(1)} %`));
  const value = left === '' ? texts : `${texts}; ${left}`;
  return worst.share >= 0.95 ? fail(value) : warn(value);
}
