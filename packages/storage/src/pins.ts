import { randomUUID } from 'node:crypto';
import { isSagekeepError } from '@sagekeep/contracts';
import { z } from 'zod';
import { parseJson, toJson } from './json.ts';
import { folderOfId, manifestName, unknownBackup } from './names.ts';
import type { Storage } from './port.ts';
import type { Pin, Pins } from './vault.ts';

const PinFile = z.looseObject({ owner: z.string(), expiresAt: z.iso.datetime() });
const namePattern = /^pin-[0-9a-f-]+\.json$/;
const defaultTtlMs = 10 * 60 * 1000;
const maxBytes = 64 * 1024;

export interface LivePin {
  readonly owner: string;
  readonly expiresAt: Date;
}

export function createPins(storage: Storage, now: () => Date): Pins {
  return {
    async pin(id, owner, ttlMs = defaultTtlMs) {
      const folder = folderOfId(id);
      const key = `${folder}/pin-${randomUUID()}.json`;
      const write = () =>
        storage.put(key, toJson({ owner, expiresAt: new Date(now().getTime() + ttlMs).toISOString() }), {
          inExistingFolder: true,
        });
      await write().catch((error: unknown) => {
        throw isSagekeepError(error, 'STORAGE_OBJECT_MISSING') ? unknownBackup(id) : error;
      });
      if ((await storage.stat(`${folder}/${manifestName}`)) === null) {
        await storage.remove(key);
        // It is on its way to the trash; our pin may bring it back.
        throw unknownBackup(id, true);
      }
      return renewing({ write, remove: () => storage.remove(key), everyMs: ttlMs / 3 });
    },
    held: (id, at) => livePins(storage, folderOfId(id), at),
  };
}

/** The pins below a folder that have not expired. One that cannot be read counts for as long as a new one would. */
export async function livePins(storage: Storage, folder: string, at: Date): Promise<LivePin[]> {
  const pins: LivePin[] = [];
  for (const { name } of await storage.children(folder)) {
    if (!namePattern.test(name)) continue;
    const pin = await readPin(storage, `${folder}/${name}`);
    if (pin !== null && pin.expiresAt > at) pins.push(pin);
  }
  return pins;
}

async function readPin(storage: Storage, key: string): Promise<LivePin | null> {
  const object = await storage.stat(key);
  if (object === null) return null;
  try {
    const parsed = parseJson(PinFile, (await storage.read(key, maxBytes)).toString('utf8'));
    if (parsed.ok) return { owner: parsed.value.owner, expiresAt: new Date(parsed.value.expiresAt) };
  } catch (error) {
    if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return null;
  }
  return { owner: 'unknown', expiresAt: new Date(object.modifiedAt.getTime() + defaultTtlMs) };
}

interface Renewal {
  readonly write: () => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
  readonly everyMs: number;
}

function renewing({ write, remove, everyMs }: Renewal): Pin {
  let pending: Promise<unknown> = Promise.resolve();
  let released = false;
  const timer = setInterval(() => {
    // A renewal that fails (full disk) is tried again at the next turn, before the pin expires.
    if (!released) pending = write().catch(() => undefined);
  }, everyMs);
  timer.unref();

  async function release(): Promise<void> {
    if (released) return;
    released = true;
    clearInterval(timer);
    await pending;
    await remove();
  }
  return { release, [Symbol.asyncDispose]: release };
}
