import { Readable } from 'node:stream';
import { isSagekeepError } from '@sagekeep/contracts';
import type { Storage, StoredObject } from '../port.ts';

export const text = (content: string) => Readable.from([Buffer.from(content)]);

export async function drain(readable: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export async function keysBelow(storage: Storage, prefix: string): Promise<string[]> {
  const objects: StoredObject[] = await Array.fromAsync(storage.walk(prefix));
  return objects.map(({ key }) => key).sort();
}

export async function codeFrom(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it did not throw'),
    (reason: unknown) => reason,
  );
  return isSagekeepError(error) ? error.code : String(error);
}
