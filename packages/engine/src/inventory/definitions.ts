import { type InventoryEntry, SagekeepError } from '@sagekeep/contracts';
import { contentSettings, type RunningTool, startTool, together } from '../tools/index.ts';
import { inventoryEntries } from './entries.ts';
import type { InventorySource } from './ofDatabase.ts';
import { createTocReader } from './readToc.ts';

export interface DefinitionSource
  extends Pick<InventorySource, 'tools' | 'connection' | 'applicationName' | 'signal' | 'killGraceMs'> {
  /** How long pg_dump waits for a lock that somebody else holds, such as `5s`, before it gives up. */
  readonly lockWait: string;
}

/**
 * The definitions of a live database, by the same path as a backup's. Reads catalogues, no rows, and locks tables against
 * changes of their definitions only.
 */
export async function liveDefinitions(source: DefinitionSource): Promise<InventoryEntry[]> {
  const { tools, lockWait, ...running } = source;
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
        `--lock-wait-timeout=${lockWait}`,
      ],
      settings: contentSettings,
      signal,
    });
    return [dump.then(({ done }) => done), dump.then(read)];
  });
  const toc = reader.toc();
  if (toc !== null) return inventoryEntries(toc);
  throw new SagekeepError('TOOL_FAILED', 'pg_dump ended before its table of contents did.');
}
