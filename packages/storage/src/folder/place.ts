import { join } from 'node:path';
import { scratchFolder } from '../keys.ts';

/** Where a folder storage is, and with which modes it makes files and folders (before the process's umask). */
export interface Place {
  readonly folder: string;
  readonly fileMode: number;
  readonly folderMode: number;
}

/** The folder of half-written small objects. On the same filesystem, so that a rename is atomic. */
export function scratchOf(place: Place): string {
  return join(place.folder, scratchFolder);
}
