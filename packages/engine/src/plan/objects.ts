import type { Difference, Inventory, InventoryEntry } from '@sagekeep/contracts';
import { inventoryEntries } from '../inventory/entries.ts';
import { compareInventories, readToc } from '../inventory/index.ts';
import type { Connection } from '../server/index.ts';
import { type ClientTools, contentSettings, startTool } from '../tools/index.ts';

export interface LiveDefinitions {
  readonly connection: Connection;
  readonly tools: ClientTools;
  readonly applicationName: string;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
}

/** The definitions of a live database, as pg_dump writes them; reads no rows. */
export async function liveDefinitions(options: LiveDefinitions): Promise<InventoryEntry[]> {
  const tool = await startTool({
    file: options.tools.pgDump,
    args: ['--format=custom', '--compress=0', '--schema-only', '--no-password', '--lock-wait-timeout=10s'],
    connection: options.connection,
    applicationName: options.applicationName,
    settings: contentSettings,
    signal: options.signal,
    killGraceMs: options.killGraceMs,
  });
  tool.stdin.end();
  const chunks: Buffer[] = [];
  const read = async () => {
    for await (const chunk of tool.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  };
  await Promise.all([read(), tool.done]);
  const archive = async function* () {
    yield* chunks;
  };
  return inventoryEntries(await readToc(archive()));
}

const nothing: Omit<Inventory, 'entries'> = {
  tables: [],
  sequences: [],
  largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) },
};

/** From the live database's point of view: what would be missing, unexpected (new) or different after the restore. */
export function objectChanges(
  now: readonly InventoryEntry[],
  then: readonly InventoryEntry[],
  sameMajor: boolean,
): Difference[] {
  return compareInventories(
    { ...nothing, entries: [...now] },
    { ...nothing, entries: [...then] },
    { sameMajor },
  );
}
