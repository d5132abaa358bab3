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

/** Entries that only a dump with data has; and who owns them is told together with everything else. */
const withData = new Set(['MATERIALIZED VIEW DATA', 'STATISTICS DATA']);

/** Grants and comments of large objects, which a dump of definitions alone leaves out with them. */
const ofLargeObject = /^"?LARGE OBJECT/;

export interface ObjectSides {
  readonly before: readonly InventoryEntry[];
  readonly after: readonly InventoryEntry[];
  readonly sameMajor: boolean;
  /** Whether the backup has large objects, which a dump of definitions alone leaves out too. */
  readonly largeObjects: boolean;
}

/** From the point of view of `before`: what would be missing, unexpected (new) or different `after`. */
export function objectChanges({ before, after, sameMajor, largeObjects }: ObjectSides): Difference[] {
  const owners = !largeObjects && ![...before, ...after].some((entry) => withData.has(entry.type));
  const kept = (entries: readonly InventoryEntry[]) =>
    entries.filter(
      ({ type, name }) =>
        !withData.has(type) && !ofLargeObject.test(name) && (owners || type !== 'OWNERSHIP'),
    );
  return compareInventories(
    { ...nothing, entries: kept(before) },
    { ...nothing, entries: kept(after) },
    { sameMajor },
  );
}
