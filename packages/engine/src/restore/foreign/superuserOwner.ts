import { SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../../server/index.ts';
import { some } from '../../text/index.ts';

/** Code of a stranger's file, as the catalogue of the copy has it. */
interface Code {
  /** Runs with the owner's rights, whoever uses it and also when only the server's own housekeeping does. */
  readonly asOwner: readonly string[];
  /** Runs with the rights of whoever calls it or writes to its table. */
  readonly asCaller: readonly string[];
}

/**
 * `own` are the file's functions; `reached` is all that an index, a materialised view or statistics use, directly or by
 * way of others: the server computes those as the owner of the table. So it does what a foreign key asks for: ON DELETE
 * CASCADE and the like fire triggers, checks and defaults of the referencing table, and any key casts what it compares.
 * ANALYZE measures ranges by their type's own function.
 */
const asOwnerSql = `
  with recursive own as (
    select oid from pg_proc p where proowner = $1::regrole and not exists
      (select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')),
  kept as (
    select 'pg_class'::regclass::oid as class, indexrelid as object, 'index ' || indexrelid::regclass as name
      from pg_index where indexprs is not null or indpred is not null
    union all select 'pg_rewrite'::regclass, r.oid, 'materialised view ' || r.ev_class::regclass
      from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relkind = 'm'
    union all select 'pg_statistic_ext'::regclass, oid, 'statistics ' || stxname from pg_statistic_ext
    union all select u.class, u.object, 'foreign key ' || k.conname || ' on ' || k.conrelid::regclass
      from pg_constraint k cross join lateral (
        select 'pg_class'::regclass as class, k.conrelid as object
        union all select 'pg_trigger'::regclass, oid from pg_trigger where tgrelid = k.conrelid and not tgisinternal
        union all select 'pg_constraint'::regclass, oid from pg_constraint where conrelid = k.conrelid and contype = 'c'
        union all select 'pg_attrdef'::regclass, oid from pg_attrdef where adrelid = k.conrelid) u
      where k.contype = 'f' and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))),
  edges as (
    select classid as class, objid as object, refclassid as refclass, refobjid as refobject from pg_depend
    union all select 'pg_type'::regclass, contypid, 'pg_constraint'::regclass, oid from pg_constraint where contypid <> 0
    union all select 'pg_class'::regclass, ev_class, 'pg_rewrite'::regclass, oid from pg_rewrite where rulename = '_RETURN'),
  reached as (
    select name, class, object from kept
    union select r.name, e.refclass, e.refobject from reached r join edges e using (class, object))
  select 'function ' || oid::regprocedure as name from pg_proc where oid in (select oid from own) and prosecdef
  union select name from reached where class = 'pg_proc'::regclass and object in (select oid from own)
  union select 'rule ' || rulename || ' on ' || ev_class::regclass from pg_rewrite r join pg_class c on c.oid = r.ev_class
    where rulename <> '_RETURN' and c.relowner = $1::regrole
  union select 'range type ' || rngtypid::regtype from pg_range where rngsubdiff in (select oid from own)
  union select 'cast from ' || castsource::regtype || ' to ' || casttarget::regtype from pg_cast
    where castcontext = 'i' and castfunc in (select oid from own) and exists (select from pg_constraint where contype = 'f')
  order by 1`;

const asCallerSql = `
  select 'function ' || oid::regprocedure as name from pg_proc p
   where proowner = $1::regrole and not exists
     (select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  order by 1`;

async function codeOf(session: Session, role: string): Promise<Code> {
  const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
  return {
    asOwner: names(await session.query(asOwnerSql, [role])),
    asCaller: names(await session.query(asCallerSql, [role])),
  };
}

/**
 * What a superuser who is to own a stranger's content has to know. Throws `RESTORE_REFUSED` when code of the file would
 * run with a superuser's rights by itself, or for whoever may use it.
 */
export async function notesForSuperuser(session: Session, role: string, owner: string): Promise<string[]> {
  const [found] = await session.query('select 1 from pg_roles where rolname = $1 and rolsuper', [owner]);
  if (found === undefined) return [];
  const { asOwner, asCaller } = await codeOf(session, role);
  const name = JSON.stringify(owner);
  if (asOwner.length > 0) {
    throw new SagekeepError(
      'RESTORE_REFUSED',
      `The file brings code that would run with the rights of the superuser ${name}, who would own it: ${some(asOwner, 10)}.`,
      {
        advice:
          'Give the database to a role that is no superuser (ALTER DATABASE … OWNER TO …) and restore again, or, if you know who wrote the file and what is in it, restore with --trust-file.',
        facts: { code: asOwner.slice(0, 100) },
      },
    );
  }
  if (asCaller.length === 0) return [];
  return [
    `The owner ${name} is a superuser, and the file brought code that runs with the rights of whoever uses it: ${some(asCaller, 10)}. Read it before a superuser works with this database.`,
  ];
}
