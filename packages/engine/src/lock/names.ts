import { createHash, randomBytes } from 'node:crypto';

/** What a database that Sagekeep made is for. */
export type MadeKind = 'aside' | 'before' | 'scratch' | 'mismatch';

/** What a session of ours does; the first half of its application name. */
export type SessionKind = 'backup' | 'restore' | 'undo' | 'prove' | 'verify' | 'plan' | 'sweep';

const longestName = 63;

/** The part of a short id that all attempts of one job share. */
export function jobDigest(jobId: string): string {
  return createHash('sha256').update(jobId).digest('hex').slice(0, 8);
}

/**
 * Names one run of one job where names must be short; records say which job it stands for. Never the same twice: a job
 * that is run again after its attempts were counted anew must not meet what an older run of the same number left.
 */
export function newShortId(jobId: string, attempt: number): string {
  return `${jobDigest(jobId)}a${attempt}n${randomBytes(2).toString('hex')}`;
}

/** Shown by `pg_stat_activity` and the server's log: what a session does and for which attempt. */
export function applicationName(kind: SessionKind, shortId: string): string {
  return `sagekeep-${kind}/${shortId}`;
}

/** The longest prefix of a text that fits into so many bytes of UTF-8 without cutting a character. */
function fitting(text: string, bytes: number): string {
  let fit = '';
  let left = bytes;
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    fit += character;
  }
  return fit;
}

/** `<dbname>_<kind>_<short id>`, within PostgreSQL's 63 bytes: a long dbname is cut, the record says what it stands for. */
export function madeName(dbname: string, kind: MadeKind, shortId: string): string {
  const tail = `_${kind}_${shortId}`;
  return fitting(dbname, longestName - tail.length) + tail;
}

const madePattern = /^(.*)_(aside|before|scratch|mismatch)_([0-9a-f]{8}a[0-9]{1,6}n[0-9a-f]{4})$/su;

/** Takes a made name apart; null for every name that is not ours. `base` may be a cut dbname. */
export function parseMadeName(name: string): { base: string; kind: MadeKind; shortId: string } | null {
  const match = madePattern.exec(name);
  if (match === null) return null;
  return { base: match[1] ?? '', kind: match[2] as MadeKind, shortId: match[3] ?? '' };
}

/** Whether a made name was made for this dbname. */
export function isMadeFor(name: string, dbname: string): boolean {
  const parts = parseMadeName(name);
  return parts !== null && madeName(dbname, parts.kind, parts.shortId) === name;
}

/** Takes one of our application names apart; null for foreign ones. */
export function parseApplicationName(name: string): { kind: string; job: string; attempt: number } | null {
  const match = /^sagekeep-([a-z]+)\/([0-9a-f]{8})a([0-9]{1,6})n[0-9a-f]{4}$/.exec(name);
  if (match === null) return null;
  return { kind: match[1] ?? '', job: match[2] ?? '', attempt: Number(match[3]) };
}
