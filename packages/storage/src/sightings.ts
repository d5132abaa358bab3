import { isDeepStrictEqual } from 'node:util';
import type { Records, Sighted, Sightings } from './vault.ts';

const id = 'status';

/** What this process knows better than the record, and the record it was about; null where that could not be read. */
interface Unkept {
  readonly over: Sighted | null;
  readonly firstSeen: Sighted;
}

/** See `Sightings`. A look makes no storage where there is none: `isThere` says whether there is. */
export function createSightings(records: Records, isThere: () => Promise<boolean>): Sightings {
  let unkept: Unkept | null = null;
  let last: Sighted = {};

  function known(kept: Sighted | null): Sighted {
    if (kept === null) return last;
    if (unkept === null) return kept;
    return isDeepStrictEqual(unkept.over, kept) ? unkept.firstSeen : earliest(kept, unkept.firstSeen);
  }

  async function keep(kept: Sighted | null, firstSeen: Sighted): Promise<void> {
    last = firstSeen;
    const isKept = kept !== null && (isDeepStrictEqual(kept, firstSeen) || (await write(firstSeen)));
    unkept = isKept ? null : { over: kept, firstSeen };
  }

  async function write(firstSeen: Sighted): Promise<boolean> {
    try {
      if (!(await isThere())) return false;
      await records.put('sightings', id, { version: 1, firstSeen });
      return true;
    } catch {
      return false;
    }
  }

  return {
    async tend({ seen, isOver, at }) {
      const kept = await read(records);
      const now = at.toISOString();
      const fresh = Object.fromEntries(seen.map((key) => [key, now]));
      const standing = Object.entries(known(kept)).filter(([key]) => !isOver(key));
      // A clock that was ahead makes nothing younger than now.
      const past = standing.map(([key, since]) => [key, since < now ? since : now] as const);
      const firstSeen = { ...fresh, ...Object.fromEntries(past) };
      await keep(kept, firstSeen);
      return firstSeen;
    },
  };
}

/** Null when it cannot be read; one that is damaged says nothing and is written anew. */
async function read(records: Records): Promise<Sighted | null> {
  try {
    return (await records.get('sightings', id))?.firstSeen ?? {};
  } catch {
    return null;
  }
}

function earliest(a: Sighted, b: Sighted): Sighted {
  const all = { ...a, ...b };
  for (const [key, at] of Object.entries(a)) if (at < (all[key] ?? at)) all[key] = at;
  return all;
}
