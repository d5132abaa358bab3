const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

function scaled(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

/** `26h`, `500ms`, `1.5d` in milliseconds; null when it is no duration. */
export function parseDuration(text: string): number | null {
  return scaled(text, durationUnits);
}

/** `1GB`, `512MB` in bytes, PostgreSQL's units (1 kB is 1024 bytes); null when it is no size. */
export function parseSize(text: string): number | null {
  return scaled(text, sizeUnits);
}
