const hour = 3_600_000;

/** Fewer looks, or a shorter time between them, are no trend. */
const enough = { looks: 4, spanMs: 6 * hour } as const;

export interface Look {
  readonly at: Date;
  readonly freeBytes: number;
}

/**
 * Hours until a disk is full, by the straight line through its free bytes (least squares); null when it does not fill up
 * or there are too few looks to tell.
 */
export function hoursUntilFull(looks: readonly Look[]): number | null {
  const times = looks.map(({ at }) => at.getTime() / hour);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  if (looks.length < enough.looks || (last - first) * hour < enough.spanMs) return null;
  const meanTime = mean(times);
  const meanFree = mean(looks.map(({ freeBytes }) => freeBytes));
  const spread = times.reduce((sum, time) => sum + (time - meanTime) ** 2, 0);
  const slope =
    looks.reduce(
      (sum, { freeBytes }, index) => sum + ((times[index] ?? 0) - meanTime) * (freeBytes - meanFree),
      0,
    ) / spread;
  const newest = looks.reduce((a, b) => (b.at > a.at ? b : a));
  return slope >= 0 ? null : newest.freeBytes / -slope;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
