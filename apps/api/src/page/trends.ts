import type { Backup, Observation } from '@sagekeep/contracts';
import { byteSize, count, duration, storedBytes } from '@sagekeep/watch';
import { type Html, html } from './html.ts';
import { type PlotPoint, plot } from './plot.ts';

/** What plots are drawn from. */
export interface History {
  readonly backups: readonly Backup[];
  readonly observations: readonly Observation[];
}

/** How many backups, and days of observations, a plot looks back. */
const shown = 90;

/** What of it is one database's. */
export function historyOf({ backups, observations }: History, database: string): History {
  return {
    backups: backups.filter(({ manifest }) => manifest.database === database),
    observations: observations.filter((one) => one.database === database),
  };
}

/** How size, duration and rows of backups went, and the coverage of each vector column; nothing before there are two. */
export function trends({ backups, observations }: History): Html | null {
  const recent = backups
    .toSorted((a, b) => (a.manifest.snapshotAt < b.manifest.snapshotAt ? 1 : -1))
    .slice(0, shown);
  const points = (measure: (backup: Backup) => number): PlotPoint[] =>
    recent.map((backup) => ({ at: Date.parse(backup.manifest.snapshotAt), value: measure(backup) }));
  const plots = [
    plot({ title: 'Size', points: points(storedBytes), format: byteSize }),
    plot({ title: 'Duration', points: points(durationOf), format: duration }),
    plot({ title: 'Rows', points: points(rowsOf), format: count }),
    ...coveragePlots(observations),
  ];
  return plots.every((drawn) => drawn === null) ? null : html`<div class="plots">${plots}</div>`;
}

/** One plot for each vector column, of the newest figure of each day. */
function coveragePlots(observations: readonly Observation[]): (Html | null)[] {
  const newestFirst = observations.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const measured = newestFirst.flatMap(({ at, measures }) =>
    Object.entries(measures?.['pgvector.coverage'] ?? {}).map(([column, value]) => ({ column, at, value })),
  );
  return [...Map.groupBy(measured, ({ column }) => column)].map(([column, all]) => {
    const days = [...Map.groupBy(all, ({ at }) => at.slice(0, 10)).values()].slice(0, shown);
    const points = days.flatMap(([last]) =>
      last === undefined ? [] : [{ at: Date.parse(last.at), value: last.value }],
    );
    return plot({ title: `Coverage of ${column}`, points, format: (value) => `${value} %` });
  });
}

function durationOf({ manifest }: Backup): number {
  return Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt);
}

function rowsOf({ manifest }: Backup): number {
  return manifest.inventory.tables.reduce((sum, table) => sum + table.rows, 0);
}
