import { resolve } from 'node:path';
import type { Storage } from '../port.ts';
import { createObject } from './create.ts';
import { clearDraftsOf } from './drafts.ts';
import { childrenOf, walkBelow } from './list.ts';
import { claimFolder, publishFolder } from './move.ts';
import { locateSync } from './paths.ts';
import type { Place } from './place.ts';
import { probeFolder, spaceOf } from './probe.ts';
import { putObject } from './put.ts';
import { openObject, readObject, statObject } from './read.ts';
import { removeBelow } from './remove.ts';

export interface FolderStorageOptions {
  /** Made at the first write if it is missing. May itself be a symbolic link; nothing below it may. */
  readonly folder: string;
  /** Modes of what is made, before the process's umask. Default: only the owner (0600, 0700). */
  readonly fileMode?: number;
  readonly folderMode?: number;
}

/** The storage in a folder of a local or mounted POSIX filesystem. Durable: resolves only after fsync. */
export function createFolderStorage(options: FolderStorageOptions): Storage {
  const place: Place = {
    folder: resolve(options.folder),
    fileMode: options.fileMode ?? 0o600,
    folderMode: options.folderMode ?? 0o700,
  };
  return {
    location: place.folder,
    probe: () => probeFolder(place),
    space: () => spaceOf(place),
    clearDrafts: (before) => clearDraftsOf(place, before),
    create: (key, source, createOptions) => createObject({ place, key }, source, createOptions),
    put: (key, data, putOptions) => putObject({ place, key }, data, putOptions),
    read: (key, maxBytes) => readObject(place, key, maxBytes),
    open: (key, range) => openObject(place, key, range),
    stat: (key) => statObject(place, key),
    children: (prefix) => childrenOf(place, prefix),
    walk: (prefix) => walkBelow(place, prefix),
    claim: (prefix) => claimFolder(place, prefix),
    publish: (from, to) => publishFolder(place, from, to),
    remove: (prefix) => removeBelow(place, prefix),
    localPath: (key) => locateSync(place, key),
  };
}
