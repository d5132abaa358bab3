import { setTimeout as sleep } from 'node:timers/promises';
import { type InventoryEntry, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { lockWaitMs, vanished } from '../server/index.ts';
import { contentSettings, type RunningTool, startTool, steppingBack, together } from '../tools/index.ts';
import { inventoryEntries } from './entries.ts';
import type { InventorySource } from './ofDatabase.ts';
import { createTocReader } from './readToc.ts';
import { requireWholeDefinitions } from './tornDefinitions.ts';

export interface DefinitionSource
  extends Pick<InventorySource, 'tools' | 'connection' | 'applicationName' | 'signal' | 'killGraceMs'> {
  /** How long to keep trying while somebody holds a lock, or changes what is being read, ms. */
  readonly patienceMs: number;
}

/**
 * The definitions of a live database, by the same path as a backup's. Reads catalogues, no rows, and locks tables against
 * changes of their definitions only. Throws a retryable `OBJECT_BUSY` once its patience is over.
 */
export async function liveDefinitions(source: DefinitionSource): Promise<InventoryEntry[]> {
  const end = performance.now() + source.patienceMs;
  let before = '';
  for (let pauseMs = 50; ; pauseMs *= 2) {
    try {
      const looking = { ...source, hasItsLocks: () => false };
      return await steppingBack(looking, (signal) => readOnce({ ...source, signal }));
    } catch (error) {
      if (!isOfTheMoment(error, before)) throw error;
      // One look may take longer than all the patience.
      if (before !== '' && performance.now() + pauseMs > end) throw error;
      before = String(error);
      await sleep(pauseMs, undefined, { signal: source.signal }).catch(() => source.signal.throwIfAborted());
    }
  }
}

/** What is said once more of the same object is true of it: the catalogues are damaged. */
function isOfTheMoment(error: unknown, before: string): boolean {
  if (isSagekeepError(error, 'OBJECT_BUSY')) return true;
  return isSagekeepError(error, 'TOOL_FAILED') && vanished.test(error.message) && String(error) !== before;
}

async function readOnce(source: DefinitionSource): Promise<InventoryEntry[]> {
  const { tools, patienceMs: _, ...running } = source;
  const reader = createTocReader();
  const read = async ({ stdin, stdout }: RunningTool) => {
    stdin.end();
    for await (const chunk of stdout as AsyncIterable<Uint8Array>) reader.write(chunk);
  };
  await together(source.signal, (signal) => {
    const dump = startTool({
      ...running,
      file: tools.pgDump,
      args: [
        '--format=custom',
        '--compress=0',
        '--schema-only',
        '--no-password',
        `--lock-wait-timeout=${lockWaitMs}`,
      ],
      settings: contentSettings,
      signal,
    });
    return [dump.then(({ done }) => done), dump.then(read)];
  });
  const toc = reader.toc();
  if (toc === null) throw new SagekeepError('TOOL_FAILED', 'pg_dump ended before its table of contents did.');
  requireWholeDefinitions(toc);
  return inventoryEntries(toc);
}
