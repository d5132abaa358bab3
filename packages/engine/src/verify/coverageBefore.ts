import type { Inventory } from '@sagekeep/contracts';
import { readableName } from '../inventory/index.ts';
import type { VectorColumn } from './vectorColumns.ts';

/** Percent of the rows of a backup that held a value in this column; null when it does not tell. */
export function coverageBefore(
  { tables }: Inventory,
  { schemaName, tableName, columnName }: Pick<VectorColumn, 'schemaName' | 'tableName' | 'columnName'>,
): number | null {
  const name = readableName(schemaName, tableName);
  const parts = tables.filter((table) => table.name === name || table.root === name);
  const rows = parts.reduce((sum, table) => sum + table.rows, 0);
  if (rows === 0 || parts.some(({ nulls }) => nulls[columnName] === undefined)) return null;
  const nulls = parts.reduce((sum, table) => sum + (table.nulls[columnName] ?? 0), 0);
  return ((rows - nulls) / rows) * 100;
}
