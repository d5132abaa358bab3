import { type Html, html } from './html.ts';

export interface PlotPoint {
  /** ms since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface Plot {
  readonly title: string;
  readonly points: readonly PlotPoint[];
  readonly format: (value: number) => string;
}

const width = 260;
const height = 64;
const margin = 6;

/**
 * A line over time as SVG, its scale from zero so that a small change looks small. Every point says its value when it is
 * pointed at. Nothing for fewer than two points: one is no line.
 */
export function plot({ title, points, format }: Plot): Html | null {
  const sorted = points.toSorted((a, b) => a.at - b.at);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  const top = Math.max(...sorted.map(({ value }) => value));
  const placed = sorted.map((point) => ({
    ...point,
    x: margin + scale(point.at - first.at, last.at - first.at) * (width - 2 * margin),
    y: height - margin - scale(point.value, top) * (height - 2 * margin),
  }));
  const line = placed.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const dots = placed.map(
    ({ x, y, at, value }) => html`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2.5"><title>${day(at)}:
${format(value)}</title></circle>`,
  );
  const label = `${title}: ${format(last.value)} on ${day(last.at)}, at most ${format(top)} since ${day(first.at)}`;
  return html`<figure><figcaption><span class="dim">${title}</span> <b>${format(last.value)}</b></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><polyline points="${line}"/>${dots}</svg>
<div class="dim axis"><span>${day(first.at)}</span><span>${day(last.at)}</span></div></figure>`;
}

function scale(value: number, whole: number): number {
  return whole === 0 ? 0 : value / whole;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
