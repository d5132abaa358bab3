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
import { type Parsed, parseJson, toJson } from './json.ts';
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
  /** Null when there is none. */
  async function read<K extends RecordKind>(kind: K, id: string): Promise<Parsed<RecordTypes[K]> | null> {
    try {
      const text = (await storage.read(keyOf(kind, id), maxBytes)).toString('utf8');
      return parseJson(schemas[kind], text);
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
    async get(kind, id) {
      const parsed = await read(kind, id);
      return parsed?.ok ? parsed.value : null;
    },
    async isDamaged(kind, id) {
      return (await read(kind, id))?.ok === false;
    },
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
        const records = await mapBounded(some, batch, (id) => read(kind, id));
        for (const [index, record] of records.entries()) {
          if (items.length >= limit) break;
          // One that was removed since it was listed is none, and not damaged.
          if (record === null) continue;
          if (record.ok) items.push(record.value);
          else damaged.push(some[index] ?? '');
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
