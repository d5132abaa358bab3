import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from '../keys.ts';
import type { StoredObject } from '../port.ts';
import { codeOf, guarded } from './failure.ts';
import { locate } from './paths.ts';
import type { Place } from './place.ts';
import { describe } from './read.ts';

/** Looked at together: enough to keep the disk busy, few enough to leave threads to others. */
const batch = 32;

export interface Child {
  readonly name: string;
  readonly kind: 'object' | 'folder';
}

/** See `Storage.children`. Links, sockets and the like are neither objects nor folders. */
export function childrenOf(place: Place, prefix: string): Promise<Child[]> {
  return guarded(place, prefix, async () => {
    if (prefix === '') {
      const children = await entriesOf(place.folder);
      return children.filter(({ name }) => name !== scratchFolder);
    }
    const { path, stats } = await locate(place, prefix);
    return stats?.isDirectory() ? await entriesOf(path) : [];
  });
}

/** See `Storage.walk`: depth first, names in order. What vanishes meanwhile is left out. */
export async function* walkBelow(place: Place, prefix: string): AsyncGenerator<StoredObject> {
  const children = await childrenOf(place, prefix);
  const keyOf = (child: Child) => (prefix === '' ? child.name : `${prefix}/${child.name}`);
  for (let start = 0; start < children.length; start += batch) {
    const some = children.slice(start, start + batch);
    const objects = await Promise.all(
      some.map((child) => (child.kind === 'object' ? look(place, keyOf(child)) : null)),
    );
    for (const [index, child] of some.entries()) {
      const object = objects[index] ?? null;
      if (child.kind === 'folder') yield* walkBelow(place, keyOf(child));
      else if (object !== null) yield object;
    }
  }
}

async function entriesOf(path: string): Promise<Child[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return entries
    .flatMap((entry): Child[] => {
      if (entry.isFile()) return [{ name: entry.name, kind: 'object' }];
      return entry.isDirectory() ? [{ name: entry.name, kind: 'folder' }] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folders above were looked at when they were listed. */
async function look(place: Place, key: string): Promise<StoredObject | null> {
  try {
    const stats = await lstat(join(place.folder, key));
    return stats.isFile() ? describe(key, stats) : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
