/** Both ends inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks of `bytes` bytes (RFC 9110, 14): the range, `unsatisfiable`, or null for the whole.
 * Several ranges, other units and what does not parse are answered with the whole, as the RFC allows.
 */
export function parseRange(header: string | undefined, bytes: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(/\s/g, '') ?? '');
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  const range = first === '' ? suffix(Number(last), bytes) : from(Number(first), last, bytes);
  if (range.end < range.start && first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return range.start >= bytes || range.end < range.start ? 'unsatisfiable' : range;
}

function suffix(length: number, bytes: number): ByteRange {
  return { start: Math.max(0, bytes - length), end: length === 0 ? -1 : bytes - 1 };
}

function from(start: number, last: string, bytes: number): ByteRange {
  return { start, end: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}
