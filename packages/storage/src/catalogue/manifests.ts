import { setImmediate as turn } from 'node:timers/promises';
import type { Manifest } from '@sagekeep/contracts';
import { type Cache, createCache } from '../cache.ts';
import type { Parsed } from '../json.ts';
import type { Storage, StoredObject } from '../port.ts';
import { parseManifest } from './manifestText.ts';

/** JSON text whose parsed form is kept; in memory it takes a few times as much. */
const maxWholeBytes = 8 * 1024 * 1024;
const maxBriefBytes = 32 * 1024 * 1024;
/** A brief manifest's cost in the cache, without its tables. */
const briefBytes = 4096;
const bytesPerTable = 400;

/** Reads manifests, each one once: they never change. */
export interface Manifests {
  read(object: StoredObject): Promise<Parsed<Manifest>>;
  /** Without `inventory.entries`: of a database with thousands of objects they are megabytes. */
  readBrief(object: StoredObject): Promise<Parsed<Manifest>>;
}

export function createManifests(storage: Storage): Manifests {
  const whole: Cache<Parsed<Manifest>> = createCache(maxWholeBytes);
  const brief: Cache<Parsed<Manifest>> = createCache(maxBriefBytes);

  async function load(object: StoredObject): Promise<Parsed<Manifest>> {
    const { key, revision, bytes } = object;
    const text = await storage.read(key);
    // Parsing megabytes takes a while: whatever else is ready goes first.
    await turn();
    const value = parseManifest(text);
    whole.set(key, { revision, value, cost: bytes });
    const cost = briefBytes + (value.ok ? value.value.inventory.tables.length * bytesPerTable : 0);
    brief.set(key, { revision, value: withoutEntries(value), cost });
    return value;
  }

  return {
    async read(object) {
      return whole.get(object.key, object.revision) ?? (await load(object));
    },
    async readBrief(object) {
      return brief.get(object.key, object.revision) ?? withoutEntries(await load(object));
    },
  };
}

function withoutEntries(parsed: Parsed<Manifest>): Parsed<Manifest> {
  if (!parsed.ok) return parsed;
  const { inventory } = parsed.value;
  return { ok: true, value: { ...parsed.value, inventory: { ...inventory, entries: [] } } };
}
