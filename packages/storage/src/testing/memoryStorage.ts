import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { SagekeepError } from '@sagekeep/contracts';
import { untilAborted } from '../folder/abortable.ts';
import type { PutOptions, Storage, StoredDigest } from '../port.ts';
import {
  described,
  exists,
  isFolder,
  type MemoryFolder,
  missing,
  nodeAt,
  objectAt,
  parentOf,
  sorted,
  walkNode,
} from './memoryTree.ts';

/** A storage in memory, for tests of many thousand histories: it keeps the port's contract, and nothing else. */
export function createMemoryStorage(): Storage {
  const root: MemoryFolder = new Map();
  return {
    location: 'memory',
    probe: async () => undefined,
    space: async () => null,
    clearDrafts: async () => undefined,
    create: (key, source, options) => create({ root, key }, source, options),
    put: async (key, data, options) => put({ root, key }, data, options),
    read: async (key, maxBytes) => read({ root, key }, maxBytes),
    async open(key, { start, end } = { start: 0 }) {
      return Readable.from([objectAt(root, key).data.subarray(start, end === undefined ? end : end + 1)]);
    },
    async stat(key) {
      const node = nodeAt(root, key);
      return node === undefined || isFolder(node) ? null : described(key, node);
    },
    children: async (prefix) => children(root, prefix),
    async *walk(prefix) {
      const node = prefix === '' ? root : nodeAt(root, prefix);
      if (isFolder(node)) yield* walkNode(prefix, node);
    },
    claim: async (prefix) => claim(root, prefix),
    publish: async (from, to) => publish(root, from, to),
    remove: async (prefix) => remove(root, prefix),
    localPath: () => null,
  };
}

interface Target {
  readonly root: MemoryFolder;
  readonly key: string;
}
let revisions = 0;

function put({ root, key }: Target, data: string | Uint8Array, options: PutOptions = {}): boolean {
  const { folder, name } = parentOf(root, key, { make: options.inExistingFolder !== true });
  if (folder === null) throw missing(key);
  if (options.ifAbsent === true && folder.has(name)) return false;
  if (isFolder(folder.get(name))) throw exists(key);
  revisions += 1;
  folder.set(name, { data: Buffer.from(data), modifiedAt: new Date(), revision: String(revisions) });
  return true;
}

async function create(
  target: Target,
  source: AsyncIterable<Uint8Array>,
  { signal, onBytes }: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
): Promise<StoredDigest> {
  signal?.throwIfAborted();
  if (nodeAt(target.root, target.key) !== undefined) throw exists(target.key);
  const data = await gathered(untilAborted(source, signal), onBytes);
  if (!put(target, data, { ifAbsent: true })) throw exists(target.key);
  return { bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
}

function read({ root, key }: Target, maxBytes = Number.POSITIVE_INFINITY): Buffer {
  const { data } = objectAt(root, key);
  if (data.length > maxBytes) throw new SagekeepError('STORAGE_FAILED', `${key} is too large.`);
  return Buffer.from(data);
}

function children(root: MemoryFolder, prefix: string): { name: string; kind: 'object' | 'folder' }[] {
  const node = prefix === '' ? root : nodeAt(root, prefix);
  if (!isFolder(node)) return [];
  return sorted(node).map(([name, child]) => ({ name, kind: isFolder(child) ? 'folder' : 'object' }));
}

function claim(root: MemoryFolder, prefix: string): boolean {
  const { folder, name } = parentOf(root, prefix, { make: true });
  if (folder === null || folder.has(name)) return false;
  folder.set(name, new Map());
  return true;
}

async function gathered(
  source: AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) {
    chunks.push(Buffer.from(chunk));
    onBytes?.(chunk.byteLength);
  }
  return Buffer.concat(chunks);
}

function publish(root: MemoryFolder, from: string, to: string): void {
  const source = parentOf(root, from);
  const node = source.folder?.get(source.name);
  if (node === undefined) throw missing(from);
  const target = parentOf(root, to, { make: true });
  if (target.folder === null || target.folder.has(target.name)) throw exists(to);
  target.folder.set(target.name, node);
  source.folder?.delete(source.name);
}

function remove(root: MemoryFolder, prefix: string): number {
  const { folder, name } = parentOf(root, prefix);
  const node = folder?.get(name);
  if (node === undefined) return 0;
  folder?.delete(name);
  return [...walkNode(prefix, node)].reduce((sum, { bytes }) => sum + bytes, 0);
}
