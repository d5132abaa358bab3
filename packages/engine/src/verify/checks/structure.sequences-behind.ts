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

/** SQL: which sequence fills which column: those that a column owns, and those that its default draws from. */
const fills = `
  select d.objid as sequence, d.refobjid as relation, d.refobjsubid as attnum from pg_depend d
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
  union
  select d.refobjid, f.adrelid, f.adnum from pg_depend d join pg_attrdef f on f.oid = d.objid
  where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
    and pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(''[^'']*''::regclass\\)$'`;

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
      join (${fills}) f on f.sequence = c.oid
      join pg_class t on t.oid = f.relation join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum = f.attnum
      where c.relkind = 'S' and not t.relispartition and q.increment_by > 0 and not q.cycle and a.atttypid in (20, 21, 23) and ${userSchema}
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
