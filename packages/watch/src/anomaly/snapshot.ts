import type { Backup, InventoryTable } from '@sagekeep/contracts';

/** What the comparison looks at: one backup's content in figures. */
export interface ContentFigures {
  readonly systemIdentifier: string | null;
  readonly tables: ReadonlyMap<string, TableFigures>;
  /** Bytes of all rows as COPY text. */
  readonly bytes: number;
  /** A person has said that it is right although it looked wrong: it explains itself, and nothing that comes later. */
  readonly acknowledged: boolean;
}

export interface TableFigures {
  readonly rows: number;
  /** Share of NULLs per column, 0–1; empty for a table without rows. */
  readonly nullShares: ReadonlyMap<string, number>;
}

/** The figures of a backup, from its manifest and marks alone. */
export function figuresOf({ manifest, marks }: Backup): ContentFigures {
  const { tables } = manifest.inventory;
  return {
    systemIdentifier: manifest.systemIdentifier,
    tables: new Map(tables.map((table) => [table.name, tableFigures(table)])),
    bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    acknowledged: marks.acknowledgement !== null,
  };
}

function tableFigures({ rows, nulls }: InventoryTable): TableFigures {
  const shares =
    rows === 0 ? [] : Object.entries(nulls).map(([name, count]) => [name, count / rows] as const);
  return { rows, nullShares: new Map(shares) };
}
