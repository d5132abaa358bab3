import { type InventoryEntry, SagekeepError } from '@sagekeep/contracts';
import { inventoryEntries } from '../inventory/entries.ts';
import { createTocReader } from '../inventory/index.ts';
import type { Connection } from '../server/index.ts';
import { contentSettings, startTool, type Tools, together } from '../tools/index.ts';

export interface DefinitionSource {
  readonly tools: Tools;
  readonly connection: Connection;
  readonly applicationName: string;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
}

/** The definitions of a live database, by the same path as a backup's, and the client tools that wrote them. */
export interface Definitions {
  readonly entries: readonly InventoryEntry[];
  readonly clientVersion: string;
}

/** Longer than this pg_dump waits for no lock. */
const lockWait = '--lock-wait-timeout=5s';

/** What `pg_dump --schema-only` says. It reads catalogues, no rows, and locks tables against changes of theirs only. */
export async function liveDefinitions(source: DefinitionSource, serverMajor: number): Promise<Definitions> {
  const { tools } = await source.tools.forServer(serverMajor);
  const { connection, applicationName, killGraceMs } = source;
  let entries: InventoryEntry[] | null = null;
  await together(source.signal, (signal) => {
    const dump = startTool({
      file: tools.pgDump,
      args: ['--format=custom', '--compress=0', '--schema-only', '--no-password', lockWait],
      connection,
      settings: contentSettings,
      applicationName,
      killGraceMs,
      signal,
    });
    const read = dump.then(async ({ stdin, stdout }) => {
      stdin.end();
      const reader = createTocReader();
      for await (const chunk of stdout as AsyncIterable<Uint8Array>) reader.write(chunk);
      const toc = reader.toc();
      if (toc !== null) entries = inventoryEntries(toc);
    });
    return [dump.then(({ done }) => done), read];
  });
  if (entries === null)
    throw new SagekeepError('TOOL_FAILED', 'pg_dump ended before its table of contents did.');
  return { entries, clientVersion: tools.version };
}
