import { lstatSync, type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidKey, segmentsOf } from '../keys.ts';
import { codeOf } from './failure.ts';
import type { Place } from './place.ts';

/** Where a key leads: its path, and what is there (null when nothing is). */
export interface Located {
  readonly path: string;
  readonly parent: string;
  readonly segments: readonly string[];
  readonly stats: Stats | null;
}

/**
 * Follows a key without ever following a symbolic link: every component below the storage's folder is looked at.
 * Throws `STORAGE_KEY_INVALID` where one is a link, or where a component that should be a folder is none.
 */
export async function locate(place: Place, key: string): Promise<Located> {
  const segments = segmentsOf(key);
  let path = place.folder;
  let parent = place.folder;
  let stats: Stats | null = null;
  for (const [index, segment] of segments.entries()) {
    parent = path;
    path = join(path, segment);
    stats = await lstat(path).catch(missingAsNull);
    if (stats === null) return { ...ends(place, segments), segments, stats };
    refuseDetours(key, segment, stats, index === segments.length - 1);
  }
  return { path, parent, segments, stats };
}

/** The same without waiting, for callers that only want the path. */
export function locateSync(place: Place, key: string): string {
  const segments = segmentsOf(key);
  let path = place.folder;
  for (const [index, segment] of segments.entries()) {
    path = join(path, segment);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) break;
    refuseDetours(key, segment, stats, index === segments.length - 1);
  }
  return join(place.folder, ...segments);
}

function refuseDetours(key: string, segment: string, stats: Stats, last: boolean): void {
  if (stats.isSymbolicLink()) throw invalidKey(key, `${JSON.stringify(segment)} is a symbolic link`);
  if (!last && !stats.isDirectory()) throw invalidKey(key, `${JSON.stringify(segment)} is not a folder`);
}

function ends(place: Place, segments: readonly string[]): { path: string; parent: string } {
  return { path: join(place.folder, ...segments), parent: join(place.folder, ...segments.slice(0, -1)) };
}

function missingAsNull(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
