import { createHash } from 'node:crypto';
import { isSagekeepError } from '@sagekeep/contracts';
import type { Storage } from '@sagekeep/storage';

/** The open incident of a cause, and when it was opened. */
export interface OpenKey {
  readonly id: string;
  readonly at: string;
}

/** Which incident is the open one of a cause: one small object per cause, so that exactly one of several workers opens it. */
export interface OpenKeys {
  /** Opens an incident for a cause, unless one is open already; resolves with the one that counts. */
  claim(cause: string, key: OpenKey): Promise<OpenKey>;
  /** Null when the cause has no open incident. */
  read(cause: string): Promise<OpenKey | null>;
  /** Lets a cause be opened anew, unless another incident than this one is its open one. */
  release(cause: string, id: string): Promise<void>;
}

export function createOpenKeys(storage: Storage): OpenKeys {
  const place = (cause: string) =>
    `records/open-incidents/${createHash('sha256').update(cause).digest('hex').slice(0, 32)}`;
  async function read(cause: string): Promise<OpenKey | null> {
    try {
      const [id = '', at = ''] = (await storage.read(place(cause), 1024)).toString('utf8').split(' ');
      return { id, at };
    } catch (error) {
      if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return null;
      throw error;
    }
  }
  async function claim(cause: string, key: OpenKey): Promise<OpenKey> {
    // Asked first: what is open already must be known even where nothing can be written.
    const known = await read(cause);
    if (known !== null) return known;
    if (await storage.put(place(cause), `${key.id} ${key.at}`, { ifAbsent: true })) return key;
    // Somebody was faster, and may have ended theirs by now.
    return claim(cause, key);
  }
  return {
    read,
    claim,
    async release(cause, id) {
      if ((await read(cause))?.id === id) await storage.remove(place(cause));
    },
  };
}
