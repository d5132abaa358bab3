import {
  DatabaseRecord,
  Drill,
  Incident,
  isSagekeepError,
  NextRunsRecord,
  Observation,
  Report,
  RestoreRecord,
  SightingsRecord,
} from '@sagekeep/contracts';
import { z } from 'zod';
import { mapBounded } from './concurrency.ts';
import { parseJson, toJson } from './json.ts';
import { recordsFolder } from './names.ts';
import type { Storage } from './port.ts';
import type { RecordKind, Records, RecordTypes } from './vault.ts';

const schemas: { [K in RecordKind]: z.ZodType<RecordTypes[K]> } = {
  reports: Report,
  cleanups: Report,
  restores: RestoreRecord,
  incidents: Incident,
  observations: Observation,
  drills: Drill,
  schedules: z.looseObject({ name: z.string() }),
  runs: NextRunsRecord,
  databases: DatabaseRecord,
  sightings: SightingsRecord,
};
const extension = '.json';
const maxBytes = 64 * 1024 * 1024;
const batch = 16;

export function createRecords(storage: Storage): Records {
  async function get<K extends RecordKind>(kind: K, id: string): Promise<RecordTypes[K] | null> {
    try {
      const parsed = parseJson(
        schemas[kind],
        (await storage.read(keyOf(kind, id), maxBytes)).toString('utf8'),
      );
      return parsed.ok ? parsed.value : null;
    } catch (error) {
      if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return null;
      throw error;
    }
  }

  async function ids(kind: RecordKind): Promise<string[]> {
    const children = await storage.children(`${recordsFolder}/${kind}`);
    return children
      .filter((child) => child.kind === 'object' && child.name.endsWith(extension))
      .map(({ name }) => decode(name.slice(0, -extension.length)))
      .sort()
      .reverse();
  }

  return {
    get,
    ids,
    async put(kind, id, record) {
      await storage.put(keyOf(kind, id), toJson(record));
    },
    async list(kind, { limit = Number.POSITIVE_INFINITY, wanted = () => true } = {}) {
      const items: RecordTypes[typeof kind][] = [];
      const damaged: string[] = [];
      const found = (await ids(kind)).filter(wanted);
      for (let start = 0; start < found.length && items.length < limit; start += batch) {
        const some = found.slice(start, start + batch);
        const records = await mapBounded(some, batch, (id) => get(kind, id));
        for (const [index, record] of records.entries()) {
          if (items.length >= limit) break;
          if (record === null) damaged.push(some[index] ?? '');
          else items.push(record);
        }
      }
      return { items, damaged };
    },
    async remove(kind, id) {
      await storage.remove(keyOf(kind, id));
    },
  };
}

/** Ids of jobs and schedules are free texts: what a file name cannot hold is percent-encoded. */
function keyOf(kind: RecordKind, id: string): string {
  return `${recordsFolder}/${kind}/${encodeURIComponent(id)}${extension}`;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
