import { isJson } from '@sagekeep/contracts';
import type { Job } from 'bullmq';

/** A job as Redis holds it: texts by field. */
type Raw = Readonly<Record<string, string>>;

const isReadable = {
  opts: isJsonObject,
  parent: isJsonObject,
  progress: isJson,
} as const satisfies Record<string, (text: string) => boolean>;
const fields = Object.keys(isReadable) as (keyof typeof isReadable)[];

/** A stored job without those fields that BullMQ cannot read; its options then name them, see `unreadableIn`. */
export function mended(raw: Raw): Raw {
  const unreadable = fields.filter((field) => raw[field] && !isReadable[field](raw[field]));
  if (unreadable.length === 0) return raw;
  const whole = Object.entries(raw).filter(([field]) => !unreadable.some((broken) => broken === field));
  const { opts = '{}', ...rest } = Object.fromEntries(whole);
  return { ...rest, opts: JSON.stringify({ ...JSON.parse(opts || '{}'), unreadable }) };
}

/** The fields of a stored job that could not be read. */
export function unreadableIn({ opts }: Pick<Job, 'opts'>): string[] {
  const { unreadable } = opts as { readonly unreadable?: unknown };
  return Array.isArray(unreadable) ? unreadable.map(String) : [];
}

/** JSON that begins so is an object or an array; BullMQ looks for fields in either. */
function isJsonObject(text: string): boolean {
  return /^\s*[{[]/.test(text) && isJson(text);
}
