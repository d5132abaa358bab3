import type { Inventory } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { createDatabase } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, dropSiblings, restorePayload, sql, worldOf } from './harness.ts';
import { torture } from './torture.ts';
import { tortureRest } from './tortureRest.ts';

/** Only the server itself makes values of these: they take no text. */
const withoutInput = [
  'gtsvector',
  'pg_brin_bloom_summary',
  'pg_brin_minmax_multi_summary',
  'pg_dependencies',
  'pg_mcv_list',
  'pg_ndistinct',
  'pg_node_tree',
];

const unusedTypes = `
  select t.typname::text as name from pg_type t
   where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A'
     and not exists (select from pg_attribute a join pg_class c on c.oid = a.attrelid
                      where a.atttypid = t.oid and c.relkind = 'r' and c.oid >= 16384)
   order by 1`;

/** All that pg_dump knows but subscriptions, which have a test of their own, and security labels, which need a provider. */
const kinds = `ACCESS METHOD,ACL,AGGREGATE,CAST,COLLATION,COMMENT,CONSTRAINT,CONVERSION,DEFAULT,DEFAULT ACL,DOMAIN,EVENT TRIGGER,
  EXTENSION,FK CONSTRAINT,FOREIGN DATA WRAPPER,FOREIGN TABLE,FUNCTION,INDEX,INDEX ATTACH,MATERIALIZED VIEW,MATERIALIZED VIEW DATA,
  OPERATOR,OPERATOR CLASS,OPERATOR FAMILY,POLICY,PROCEDURAL LANGUAGE,PROCEDURE,PUBLICATION,PUBLICATION TABLE,
  PUBLICATION TABLES IN SCHEMA,ROW SECURITY,RULE,SCHEMA,SEQUENCE,SEQUENCE OWNED BY,SERVER,SHELL TYPE,STATISTICS,TABLE,TABLE ATTACH,
  TEXT SEARCH CONFIGURATION,TEXT SEARCH DICTIONARY,TEXT SEARCH PARSER,TEXT SEARCH TEMPLATE,TRANSFORM,TRIGGER,TYPE,USER MAPPING,VIEW`;
const commented = `ACCESS METHOD,AGGREGATE,CAST,COLLATION,COLUMN,CONSTRAINT,CONVERSION,DOMAIN,EVENT TRIGGER,EXTENSION,FOREIGN DATA WRAPPER,
  FOREIGN TABLE,FUNCTION,INDEX,LANGUAGE,LARGE OBJECT,MATERIALIZED VIEW,OPERATOR,OPERATOR CLASS,OPERATOR FAMILY,POLICY,PROCEDURE,
  PUBLICATION,RULE,SCHEMA,SEQUENCE,SERVER,STATISTICS,TABLE,TEXT SEARCH CONFIGURATION,TEXT SEARCH DICTIONARY,TEXT SEARCH PARSER,
  TEXT SEARCH TEMPLATE,TRANSFORM,TRIGGER,TYPE,VIEW`;
const granted = `COLUMN,FOREIGN DATA WRAPPER,FOREIGN SERVER,FUNCTION,LANGUAGE,LARGE OBJECT,PROCEDURE,SCHEMA,SEQUENCE,TABLE,TYPE`;

/** Those of a list that the inventory has not. */
function lacking(list: string, has: (kind: string) => boolean): string[] {
  return list.split(/,\s*/).filter((kind) => !has(kind));
}

function incomplete({ entries }: Inventory): string[] {
  const on = (type: string) => (kind: string) =>
    entries.some((entry) => entry.type === type && new RegExp(`(?:^|\\.)${kind} `).test(entry.name));
  return [
    ...lacking(kinds, (kind) => entries.some(({ type }) => type === kind)),
    ...lacking(commented, on('COMMENT')).map((kind) => `COMMENT ON ${kind}`),
    ...lacking(granted, on('ACL')).map((kind) => `GRANT ON ${kind}`),
  ];
}

it('a database of everything comes back equal: proven, aside from both formats, and in place', async () => {
  const database = await createDatabase();
  await sql(database.url, torture + tortureRest);
  expect((await sql<{ name: string }>(database.url, unusedTypes)).map(({ name }) => name)).toEqual(
    withoutInput,
  );
  using world = worldOf([configOf('sage', database.url)]);
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  expect(incomplete(manifest.inventory)).toEqual([]);
  const proof = await world.engine.prove({ backup: manifest.id, drill: true, by: 'tester' }, contextOf());
  expect([proof.result, proof.differences, proof.error]).toEqual(['proven', [], null]);
  const nightly = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
  expect([nightly.result, nightly.differences, nightly.error]).toEqual(['proven', [], null]);
  for (const format of ['custom', 'sql'] as const) {
    const name = manifest.files.find((file) => file.format === format)?.name ?? '';
    const { record } = await world.engine.restore(
      restorePayload({ file: `sage/${manifest.id}/${name}` }),
      contextOf(),
    );
    expect([record.proof?.result, record.differences]).toEqual(['proven', []]);
  }
  await sql(database.url, 'drop schema "odd ""schema"" 🐘" cascade; create table later (i int)');
  const { record } = await world.engine.restore(
    restorePayload({ backup: manifest.id, inPlace: true }),
    contextOf(),
  );
  expect([record.proof?.result, record.differences]).toEqual(['proven', []]);
  await dropSiblings(database.dbname);
  await database.drop();
});
