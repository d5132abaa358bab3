import { askEach, verdict } from '../askEach.ts';
import { type Check, counted, skip } from '../check.ts';
import type { Probe } from '../probe.ts';
import { type Reference, readReference, type Side } from '../reference.ts';

export const consistencyReferences: Check = {
  id: 'consistency.references',
  title: 'Configured references hold',
  group: 'consistency',
  mode: 'full',
  asks: 'Does every row find what the configured references (`expect.references`) say it refers to?',
  worst: 'fail',
  expected: 'no orphan; every named table and column exists',
  advice: 'Restore what is referred to, or remove the orphans; the finding shows some of their values.',
  async run(probe) {
    const texts = probe.database.expect.references;
    if (texts.length === 0) return skip('no reference is configured');
    const items = texts.map((text) => ({ name: text.trim() }));
    const asked = await askEach(probe, items, ({ name: text }) => answerOf(probe, text));
    const faults = asked.answers.flatMap(({ fault }) => fault ?? []);
    const orphans = asked.answers.flatMap((one) => one.orphans ?? []);
    const passed = counted(asked.answers.length, 'reference', 'references');
    const answer = verdict(asked, {
      faults: [...faults, ...orphans],
      status: faults.length > 0 ? 'fail' : 'warn',
      passed,
    });
    return faults.length === 0
      ? answer
      : { ...answer, advice: 'Correct expect.references in the configuration.' };
  },
};

interface Outcome {
  /** Why it cannot be asked at all. */
  readonly fault?: string;
  readonly orphans?: string;
}

async function answerOf(probe: Probe, text: string): Promise<Outcome> {
  const reference = readReference(text);
  if (reference === null) return { fault: `${text} is not written as table.column -> table.column` };
  const child = await columnOf(probe, reference.child);
  const parent = await columnOf(probe, reference.parent);
  if (child === null) return { fault: `${text}: ${name(reference.child)} does not exist` };
  if (parent === null) return { fault: `${text}: ${name(reference.parent)} does not exist` };
  return orphansOf(probe, reference, await equality(probe, child, parent));
}

function name({ schemaName, tableName, columnName }: Side): string {
  return `${schemaName}.${tableName}.${columnName}`;
}

interface Column {
  /** OID of its type, of the base type for a domain. */
  type: string;
  category: string;
  collation: string;
}

async function columnOf(probe: Probe, { schemaName, tableName, columnName }: Side): Promise<Column | null> {
  const [row] = await probe.query<Column>(
    `select coalesce(b.oid, t.oid)::text as type, coalesce(b.typcategory, t.typcategory)::text as category,
            a.attcollation::text as collation
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_type t on t.oid = a.atttypid left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
     where n.nspname = $1 and c.relname = $2 and a.attname = $3 and not a.attisdropped`,
    [schemaName, tableName, columnName],
  );
  return row ?? null;
}

/** Categories (numbers, strings, dates, times) whose types PostgreSQL compares with each other. */
const comparable = new Set(['N', 'S', 'D', 'T']);

/** How values of two columns are compared: by their types' own operator, or as texts when they have none in common. */
async function equality(
  probe: Probe,
  child: Column,
  parent: Column,
): Promise<(a: string, b: string) => string> {
  const [own] = await probe.query<{ schema: string }>(
    `select quote_ident(n.nspname) as schema from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
     where o.oprname = '=' and o.oprleft = $1::oid and o.oprright = $2::oid`,
    [parent.type, child.type],
  );
  const alike =
    parent.type === child.type || (parent.category === child.category && comparable.has(child.category));
  if (parent.collation !== child.collation || (own === undefined && !alike)) {
    return (a, b) => `${a}::text collate "C" = ${b}::text`;
  }
  return (a, b) => (own === undefined ? `${a} = ${b}` : `${a} operator(${own.schema}.=) ${b}`);
}

async function orphansOf(
  probe: Probe,
  { text, child, parent }: Reference,
  same: (a: string, b: string) => string,
): Promise<Outcome> {
  const { count, sample } = await probe.queryOne<{ count: string; sample: string[] | null }>(`
    select count(*)::text as count, (array_agg(distinct left(o.value, 60)))[1:3] as sample
    from (select c.${child.column}::text as value from ${child.table} c
          where c.${child.column} is not null
            and not exists (select from ${parent.table} p
                            where ${same(`p.${parent.column}`, `c.${child.column}`)})) o`);
  return count === '0' ? {} : { orphans: `${text}: ${count} orphans, e.g. ${(sample ?? []).join(', ')}` };
}
