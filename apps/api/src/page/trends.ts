import type { Backup } from '@sagekeep/contracts';
import { byteSize, count, duration, storedBytes } from '@sagekeep/watch';
import type { CoverageDay } from './coverageDays.ts';
import { type Html, html } from './html.ts';
import { type PlotPoint, plot } from './plot.ts';

/** What plots are drawn from. */
export interface History {
  readonly backups: readonly Backup[];
  readonly coverage: readonly CoverageDay[];
}

/** How many backups a plot looks back. */
const shown = 90;

/** What of it is one database's. */
export function historyOf({ backups, coverage }: History, database: string): History {
  return {
    backups: backups.filter(({ manifest }) => manifest.database === database),
    coverage: coverage.filter((one) => one.database === database),
  };
}

/** How size, duration and rows of backups went, and the coverage of each vector column; nothing before there are two. */
export function trends({ backups, coverage }: History): Html | null {
  const recent = backups
    .toSorted((a, b) => (a.manifest.snapshotAt < b.manifest.snapshotAt ? 1 : -1))
    .slice(0, shown);
  const points = (measure: (backup: Backup) => number): PlotPoint[] =>
    recent.map((backup) => ({ at: Date.parse(backup.manifest.snapshotAt), value: measure(backup) }));
  const plots = [
    plot({ title: 'Size', points: points(storedBytes), format: byteSize }),
    plot({ title: 'Duration', points: points(durationOf), format: duration }),
    plot({ title: 'Rows', points: points(rowsOf), format: count }),
    ...coveragePlots(coverage),
  ];
  return plots.every((drawn) => drawn === null) ? null : html`<div class="plots">${plots}</div>`;
}

/** One plot for each vector column. */
function coveragePlots(coverage: History['coverage']): (Html | null)[] {
  const figures = coverage.flatMap(({ at, percent }) =>
    Object.entries(percent).map(([column, value]) => ({ column, at: Date.parse(at), value })),
  );
  return [...Map.groupBy(figures, ({ column }) => column)].map(([column, points]) =>
    plot({ title: `Coverage of ${column}`, points, format: (value) => `${value} %` }),
  );
}

function durationOf({ manifest }: Backup): number {
  return Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt);
}

function rowsOf({ manifest }: Backup): number {
  return manifest.inventory.tables.reduce((sum, table) => sum + table.rows, 0);
}
