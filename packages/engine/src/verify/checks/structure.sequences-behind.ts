import { askEach, verdict } from '../askEach.ts';
import { type Check, counted } from '../check.ts';
import { userSchema } from '../scope.ts';

interface Owned {
  name: string;
  table: string;
  column: string;
  step: string;
}

interface Position {
  highest: string | null;
  last: string;
  called: boolean;
}

export const structureSequencesBehind: Check = {
  id: 'structure.sequences-behind',
  title: 'Sequences ahead of their tables',
  group: 'structure',
  mode: 'full',
  asks: 'Would a sequence hand out a number that its table already holds?',
  worst: 'fail',
  expected: 'the next number is above the highest stored one',
  advice: "select setval('SEQUENCE', (select max(COLUMN) from TABLE))",
  async run(probe) {
    const owned = await probe.query<Owned>(`
      select format('%I.%I', n.nspname, c.relname) as name, format('%I.%I', tn.nspname, t.relname) as table,
             quote_ident(a.attname) as column, q.increment_by::text as step
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_sequences q on q.schemaname = n.nspname and q.sequencename = c.relname
      join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
      join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
      where c.relkind = 'S' and q.increment_by > 0 and not q.cycle and a.atttypid in (20, 21, 23) and ${userSchema}
      order by 1`);
    const asked = await askEach(probe, owned, async ({ name, table, column, step }) => {
      // One statement: sequences are not transactional, so that writers can only push the sequence ahead of the snapshot.
      const { highest, last, called } = await probe.queryOne<Position>(
        `select (select max(${column}) from ${table})::text as highest, last_value::text as last, is_called as called
         from ${name}`,
      );
      const next = BigInt(last) + (called ? BigInt(step) : 0n);
      return highest !== null && BigInt(highest) >= next
        ? [`${name} gives ${next} next, ${table}.${column} holds ${highest}`]
        : [];
    });
    const passed = `${counted(asked.answers.length, 'sequence', 'sequences')} ahead`;
    return verdict(asked, { faults: asked.answers.flat(), passed });
  },
};
