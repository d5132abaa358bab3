import type { Inventory } from '@sagekeep/contracts';
import { feed } from '../../inventory/feed.ts';
import { createInventoryReader, type Toc } from '../../inventory/index.ts';
import { type ClientTools, startTool, together } from '../../tools/index.ts';
import { openDump } from '../decode.ts';
import type { Dump } from '../source.ts';

export interface ScanOptions {
  readonly tools: ClientTools;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
}

/** Reads an archive to its very end and says what is in it. Throws when any part that it announces is not there. */
export async function scanArchive(
  dump: Dump,
  options: ScanOptions,
): Promise<{ inventory: Inventory; toc: Toc }> {
  const reader = createInventoryReader();
  await together(options.signal, (signal) => {
    const { killGraceMs, tools } = options;
    const tool = startTool({ file: tools.pgRestore, args: ['--file=-'], killGraceMs, signal });
    const archive = tool.then(async ({ stdin }) => {
      for await (const chunk of openDump(dump) as AsyncIterable<Buffer>) {
        signal.throwIfAborted();
        reader.archive(chunk);
        await feed(stdin, chunk);
      }
      stdin.end();
    });
    const sql = tool.then(async ({ stdout }) => {
      for await (const chunk of stdout as AsyncIterable<Buffer>) reader.sql(chunk);
    });
    return [tool.then(({ done }) => done), archive, sql];
  });
  return { inventory: reader.finish(), toc: reader.toc() as Toc };
}
