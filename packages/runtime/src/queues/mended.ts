import { isJson } from '@sagekeep/contracts';
import type { Job } from 'bullmq';

/** A job or a job scheduler as Redis holds it: texts by field. */
type Raw = Readonly<Record<string, string>>;

/** By field, whether BullMQ can read what is in it. */
type Checks = Readonly<Record<string, (text: string) => boolean>>;

const ofJob: Checks = { opts: isJsonObject, parent: isJsonObject, progress: isJson };
const ofScheduler: Checks = { opts: isJsonObject, data: isJson };

/** A stored job without those fields that BullMQ cannot read; its options then name them, see `unreadableIn`. */
export function mended(raw: Raw): Raw {
  return without(raw, ofJob);
}

/** The same of a stored job scheduler: its template is what the next jobs are made from. */
export function mendedScheduler(raw: Raw): Raw {
  return without(raw, ofScheduler);
}

/** The fields of a stored job, or of a scheduler's template, that could not be read. */
export function unreadableIn({ opts }: { readonly opts?: Job['opts'] | undefined }): string[] {
  const { unreadable } = (opts ?? {}) as { readonly unreadable?: unknown };
  return Array.isArray(unreadable) ? unreadable.map(String) : [];
}

function without(raw: Raw, isReadable: Checks): Raw {
  const unreadable = Object.keys(isReadable).filter(
    (field) => raw[field] && !isReadable[field]?.(raw[field]),
  );
  if (unreadable.length === 0) return raw;
  const whole = Object.entries(raw).filter(([field]) => !unreadable.includes(field));
  const { opts = '{}', ...rest } = Object.fromEntries(whole);
  return { ...rest, opts: JSON.stringify({ ...JSON.parse(opts || '{}'), unreadable }) };
}

/** JSON that begins so is an object or an array; BullMQ looks for fields in either. */
function isJsonObject(text: string): boolean {
  return /^\s*[{[]/.test(text) && isJson(text);
}
