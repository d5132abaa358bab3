import type { Backup, InventoryEntry } from '@sagekeep/contracts';
import { parseIdentifiers, readableName } from '../../inventory/names.ts';
import type { Expected, ExpectedConstraint, ExpectedTable } from './expected.ts';

/** What a backup's inventory says was there. Entries carry names only, so that types and nullability stay open. */
export function expectedOfBackup({ manifest }: Backup): Expected {
  const { entries, tables } = manifest.inventory;
  const columns = new Map(tables.map((table) => [table.name, table.columns]));
  const named = (type: string) => entries.filter((entry) => entry.type === type).map(pathOf);
  const expectedTables: ExpectedTable[] = named('TABLE').map(({ schema, tag }) => ({
    schema,
    name: tag,
    columns: (columns.get(readableName(schema, tag)) ?? []).map((name) => ({
      name,
      type: null,
      notNull: null,
    })),
  }));
  const split = splitter(expectedTables);
  return {
    source: `backup ${manifest.id}`,
    from: 'backup',
    tables: expectedTables,
    indexes: named('INDEX').map(({ schema, tag }) => ({
      schema,
      name: tag,
      method: null,
      operatorClasses: [],
    })),
    constraints: constraintsOf(entries, split),
    triggers: named('TRIGGER').flatMap((path) =>
      split(path).map(({ schema, table, name }) => ({ table: `${schema}.${table}`, name })),
    ),
    extensions: manifest.extensions.map(({ name }) => name),
  };
}

interface Path {
  readonly schema: string;
  readonly tag: string;
}

function pathOf({ name }: InventoryEntry): Path {
  const [schema = '', tag = schema] = parseIdentifiers(name, '.');
  return { schema, tag };
}

type Split = (path: Path) => { schema: string; table: string; name: string }[];

/** pg_dump's tag of what belongs to a table is `table name`, and either may hold spaces: the known tables decide. */
function splitter(tables: readonly ExpectedTable[]): Split {
  return ({ schema, tag }) =>
    tables
      .filter((table) => table.schema === schema && tag.startsWith(`${table.name} `))
      .slice(0, 1)
      .map(({ name: table }) => ({ schema, table, name: tag.slice(table.length + 1) }));
}

function constraintsOf(entries: readonly InventoryEntry[], split: Split): ExpectedConstraint[] {
  const kinds = new Map<string, ExpectedConstraint['kind']>([
    ['CONSTRAINT', 'unknown'],
    ['CHECK CONSTRAINT', 'check'],
    ['FK CONSTRAINT', 'foreign key'],
  ]);
  return entries.flatMap((entry) => {
    const kind = kinds.get(entry.type);
    return kind === undefined ? [] : split(pathOf(entry)).map((parts) => ({ ...parts, kind }));
  });
}
