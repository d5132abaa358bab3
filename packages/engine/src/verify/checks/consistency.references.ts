import { type Answer, type Check, counted, fail, pass, skip, some } from '../check.ts';
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
    const faults: string[] = [];
    const orphans: string[] = [];
    for (const [index, text] of texts.entries()) {
      if (!probe.hasTime()) return skip(`${index} of ${texts.length} references read before the time was up`);
      const reference = readReference(text);
      if (reference === null) faults.push(`${text} is not written as table.column -> table.column`);
      else if (await isMissing(probe, reference.child))
        faults.push(`${reference.text}: ${name(reference.child)} does not exist`);
      else if (await isMissing(probe, reference.parent))
        faults.push(`${reference.text}: ${name(reference.parent)} does not exist`);
      else orphans.push(...(await orphansOf(probe, reference)));
    }
    return answer(texts.length, faults, orphans);
  },
};

function answer(count: number, faults: readonly string[], orphans: readonly string[]): Answer {
  if (faults.length > 0)
    return fail(some([...faults, ...orphans]), 'Correct expect.references in the configuration.');
  return orphans.length > 0
    ? { status: 'warn', value: some(orphans) }
    : pass(counted(count, 'reference', 'references'));
}

function name({ schemaName, tableName, columnName }: Side): string {
  return `${schemaName}.${tableName}.${columnName}`;
}

async function isMissing(probe: Probe, { schemaName, tableName, columnName }: Side): Promise<boolean> {
  const rows = await probe.query(
    `select from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and a.attname = $3 and not a.attisdropped`,
    [schemaName, tableName, columnName],
  );
  return rows.length === 0;
}

async function orphansOf(probe: Probe, { text, child, parent }: Reference): Promise<string[]> {
  const { count, sample } = await probe.queryOne<{ count: string; sample: string[] | null }>(`
    select count(*)::text as count, (array_agg(distinct left(o.value, 60)))[1:3] as sample
    from (select c.${child.column}::text as value from ${child.table} c
          where c.${child.column} is not null
            and not exists (select from ${parent.table} p where p.${parent.column} = c.${child.column})) o`);
  return count === '0' ? [] : [`${text}: ${count} orphans, e.g. ${(sample ?? []).join(', ')}`];
}
