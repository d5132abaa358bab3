import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import { databaseOfId } from '@sagekeep/storage';
import type { World } from '../world.ts';

/**
 * What the old `restore.sh FILE` means: a dump inside a backup's folder is that backup; any other file must lie below
 * the storage and is named from there. Backup ids and `latest` pass through. Throws `UNKNOWN_FILE` or `INVALID_INPUT`.
 */
export async function sourceOfFile(world: World, typed: string, storageFolder: string): Promise<string> {
  if (typed === 'latest' || databaseOfId(typed) !== null) return typed;
  const path = await existing(typed, onThisSide(world, typed));
  const folder = basename(dirname(path));
  const storage = await realpath(storageFolder).catch(() => resolve(storageFolder));
  const inside = relative(storage, path);
  const outside = inside === '' || inside.startsWith('..') || isAbsolute(inside);
  if (!outside && databaseOfId(folder) !== null) return folder;
  if (!outside) return inside;
  throw new SagekeepError('INVALID_INPUT', `${typed} is not below the storage, ${storageFolder}.`, {
    advice: `Copy it there first: cp '${typed}' '${storageFolder}/' and name that copy.`,
  });
}

/** Inside a container the checkout is elsewhere: the front door says where it and the user were. */
function onThisSide({ cwd, root, environment }: World, typed: string): string {
  const hostRoot = environment['SAGEKEEP_HOST_ROOT'];
  if (!hostRoot) return resolve(cwd, typed);
  const onHost = resolve(environment['SAGEKEEP_HOST_CWD'] || hostRoot, typed);
  const below = relative(hostRoot, onHost);
  return below.startsWith('..') || isAbsolute(below) ? onHost : join(root, below);
}

async function existing(typed: string, path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new SagekeepError('UNKNOWN_FILE', `There is no file ${typed}.`, {
      advice: 'Name a dump below backups/, a backup id, or latest. See them with: sagekeep list',
      cause,
    });
  }
}

/** Where the storage is on this machine: as configured, else `backups/` of the checkout. */
export async function storageFolder(world: World): Promise<string> {
  const { ownConfiguration } = await import('../offline/configuration.ts');
  try {
    return (await ownConfiguration(world, 'names')).storage.folder;
  } catch {
    return join(world.root, 'backups');
  }
}
