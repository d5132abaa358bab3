import { SagekeepError } from '@sagekeep/contracts';
import { invalidKey, segmentsOf } from '../keys.ts';
import type { StoredObject } from '../port.ts';

/** What lies in memory under one name: an object, or a folder of further names. */
export type MemoryNode = MemoryObject | MemoryFolder;
export type MemoryFolder = Map<string, MemoryNode>;
export interface MemoryObject {
  readonly data: Buffer;
  readonly modifiedAt: Date;
  readonly revision: string;
}

/** The folder in which a key's last name lies, null where it is missing; with `make` missing ones are made. */
export function parentOf(
  root: MemoryFolder,
  key: string,
  { make = false } = {},
): { folder: MemoryFolder | null; name: string } {
  const segments = segmentsOf(key);
  const name = segments.pop() ?? '';
  let folder = root;
  for (const segment of segments) {
    if (make && !folder.has(segment)) folder.set(segment, new Map());
    const next = folder.get(segment);
    if (next === undefined) return { folder: null, name };
    if (!isFolder(next)) throw invalidKey(key, `${JSON.stringify(segment)} is not a folder`);
    folder = next;
  }
  return { folder, name };
}

export function nodeAt(root: MemoryFolder, key: string): MemoryNode | undefined {
  const { folder, name } = parentOf(root, key);
  return folder?.get(name);
}

export function objectAt(root: MemoryFolder, key: string): MemoryObject {
  const node = nodeAt(root, key);
  if (node === undefined) throw missing(key);
  if (isFolder(node)) throw invalidKey(key, 'it is not an object');
  return node;
}

export function isFolder(node: MemoryNode | undefined): node is MemoryFolder {
  return node instanceof Map;
}

/** Depth first, names in order. */
export function* walkNode(key: string, node: MemoryNode): Generator<StoredObject> {
  if (!isFolder(node)) yield described(key, node);
  else for (const [name, child] of sorted(node)) yield* walkNode(key === '' ? name : `${key}/${name}`, child);
}

export function sorted(folder: MemoryFolder): [string, MemoryNode][] {
  return [...folder].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function described(key: string, { data, modifiedAt, revision }: MemoryObject): StoredObject {
  return { key, bytes: data.length, modifiedAt, revision };
}

export function missing(key: string): SagekeepError {
  return new SagekeepError('STORAGE_OBJECT_MISSING', `There is no object ${key} in memory.`);
}

export function exists(key: string): SagekeepError {
  return new SagekeepError('STORAGE_OBJECT_EXISTS', `${key} already exists in memory.`);
}
