import { createHash } from 'node:crypto';
import type { RestorePlan } from '@sagekeep/contracts';

/** What a plan's hash covers. Rows of a live database change all the time; what is restored over what does not. */
export type Material = Pick<
  RestorePlan,
  | 'database'
  | 'source'
  | 'backup'
  | 'into'
  | 'method'
  | 'untrusted'
  | 'objects'
  | 'missingRoles'
  | 'missingExtensions'
> & {
  readonly server: string;
  /** OID of the database that would be replaced; null when there is none. */
  readonly targetOid: number | null;
};

/** Keys in order, so that equal plans have equal texts. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, canonical(entry)]),
  );
}

export function planHash(material: Material): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(material)))
    .digest('hex');
}
