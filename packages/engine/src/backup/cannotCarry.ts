import type { Session } from '../server/index.ts';
import { some } from '../text/index.ts';

interface Found {
  readonly kind: string;
  readonly name: string;
}

/** What exists and is in no dump of PostgreSQL's, or not as a whole. Only objects that people made (OIDs from 16384 on). */
const query = `
  select 'operator without a function' as kind, oid::regoperator::text as name
    from pg_operator where oprcode = 0 and oid >= 16384
  union all
  select 'operator added to the built-in family ' || f.opfname, o.amopopr::regoperator::text
    from pg_depend d
    join pg_amop o on d.classid = 'pg_amop'::regclass and o.oid = d.objid
    join pg_opfamily f on d.refclassid = 'pg_opfamily'::regclass and f.oid = d.refobjid
   where d.deptype = 'a' and f.oid < 16384 and o.oid >= 16384
  union all
  select 'function added to the built-in family ' || f.opfname, p.amproc::text
    from pg_depend d
    join pg_amproc p on d.classid = 'pg_amproc'::regclass and p.oid = d.objid
    join pg_opfamily f on d.refclassid = 'pg_opfamily'::regclass and f.oid = d.refobjid
   where d.deptype = 'a' and f.oid < 16384 and p.oid >= 16384
  union all
  select 'foreign table, whose rows stay where they are', oid::regclass::text from pg_class where relkind = 'f'
  order by 1, 2`;

/** One warning per kind of thing that the backup will not hold. */
export async function whatCannotBeCarried(session: Session): Promise<string[]> {
  const kinds = new Map<string, string[]>();
  for (const { kind, name } of await session.query<Found>(query)) {
    kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  }
  return [...kinds].map(([kind, names]) => `Not in the backup: ${kind}: ${some(names)}.`);
}
