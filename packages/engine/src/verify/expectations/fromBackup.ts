import type { Backup, InventoryEntry } from '@sagekeep/contracts';
import { readableName } from '../../inventory/index.ts';
import type { Expected, ExpectedConstraint, ExpectedTable } from './expected.ts';

/** What a backup's inventory says was there. Entries carry names only, so that types and nullability stay open. */
export function expectedOfBackup({ manifest }: Backup): Expected {
  const { entries, tables } = manifest.inventory;
  const columns = new Map(tables.map((table) => [table.name, table.columns]));
  const pathOf = pathReader(entries);
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
      keys: null,
      unique: null,
      partial: null,
    })),
    constraints: entries.flatMap((entry) => constraintsOf(entry, split(pathOf(entry)))),
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

/** Entries are named `schema.tag`, and either may hold a dot: the known schemas decide. */
function pathReader(entries: readonly InventoryEntry[]): (entry: InventoryEntry) => Path {
  const schemas = entries.filter(({ type }) => type === 'SCHEMA').map(({ name }) => name);
  return ({ name }) => {
    const known = schemas.find((schema) => name.startsWith(`${schema}.`));
    const schema = known ?? name.split('.', 1)[0] ?? '';
    return { schema, tag: name.slice(schema.length + 1) };
  };
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

const constraintKinds: Readonly<Record<string, ExpectedConstraint['kind']>> = {
  CONSTRAINT: 'unknown',
  'CHECK CONSTRAINT': 'check',
  'FK CONSTRAINT': 'foreign key',
};

function constraintsOf({ type }: InventoryEntry, parts: ReturnType<Split>): ExpectedConstraint[] {
  const kind = constraintKinds[type];
  return kind === undefined ? [] : parts.map((part) => ({ ...part, kind, columns: null }));
}
