const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration for people: the two largest units, `3 h 20 min`, `2 d 4 h`, `850 ms`. Negative values keep their sign. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${trimmed(ms / 1000)} s`;
  if (ms < hour) return two(ms, [minute, 'min'], [1000, 's']);
  if (ms < 2 * day) return two(ms, [hour, 'h'], [minute, 'min']);
  return two(ms, [day, 'd'], [hour, 'h']);
}

function two(ms: number, large: readonly [number, string], small: readonly [number, string]): string {
  const first = Math.floor(ms / large[0]);
  const second = Math.floor((ms % large[0]) / small[0]);
  return second === 0 ? `${first} ${large[1]}` : `${first} ${large[1]} ${second} ${small[1]}`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes for people, in powers of 1000 with three digits: `305 MB`, `1.24 GB`. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : trimmed(value)} ${byteUnits[unit] ?? 'B'}`;
}

/** A whole number with thin grouping: `1,204,331`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 backup`, `2 backups`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** A share, 0–1, as `12.3 %`. */
export function percent(share: number): string {
  return `${trimmed(share * 100)} %`;
}

function trimmed(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
