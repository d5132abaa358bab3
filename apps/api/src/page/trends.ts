import type { Backup } from '@sagekeep/contracts';
import { byteSize, count, duration, storedBytes } from '@sagekeep/watch';
import { type Html, html } from './html.ts';
import { type PlotPoint, plot } from './plot.ts';

/** How many backups a plot looks back. */
const shown = 90;

/** How size, duration and rows of a database's backups went; nothing before there are two. */
export function trends(backups: readonly Backup[]): Html | null {
  const recent = backups
    .toSorted((a, b) => (a.manifest.snapshotAt < b.manifest.snapshotAt ? 1 : -1))
    .slice(0, shown);
  const points = (measure: (backup: Backup) => number): PlotPoint[] =>
    recent.map((backup) => ({ at: Date.parse(backup.manifest.snapshotAt), value: measure(backup) }));
  const plots = [
    plot({ title: 'Size', points: points(storedBytes), format: byteSize }),
    plot({ title: 'Duration', points: points(durationOf), format: duration }),
    plot({ title: 'Rows', points: points(rowsOf), format: count }),
  ];
  return plots.every((drawn) => drawn === null) ? null : html`<div class="plots">${plots}</div>`;
}

function durationOf({ manifest }: Backup): number {
  return Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt);
}

function rowsOf({ manifest }: Backup): number {
  return manifest.inventory.tables.reduce((sum, table) => sum + table.rows, 0);
}
