import type { Inventory } from '@sagekeep/contracts';
import { damagedArchive } from './archiveBytes.ts';
import { type CopyScanner, createCopyScanner, type DataBorders } from './copyScanner.ts';
import { inventoryEntries, inventorySequences } from './entries.ts';
import { createTocReader, type DataStart } from './readToc.ts';
import type { Toc } from './toc.ts';

/** Makes an inventory of an archive and of the SQL that pg_restore derives from it while it passes by. */
export interface InventoryReader {
  /** The archive's bytes, from its first one on, before pg_restore gets them. */
  archive(chunk: Uint8Array): void;
  /** pg_restore's output. */
  sql(chunk: Buffer, heard?: DataBorders): void;
  /** Null until the head of the archive has been read. */
  toc(): Toc | null;
  /** Null until then, too. */
  data(): DataStart | null;
  current(): { table: string | null; done: number; of: number };
  /** The inventory, once both streams have ended. Throws when anything that the archive announced was not there. */
  finish(): Inventory;
}

export function createInventoryReader(): InventoryReader {
  const tocReader = createTocReader();
  let scanner: CopyScanner | null = null;

  function ready(): CopyScanner {
    const toc = tocReader.toc();
    if (toc === null) throw damagedArchive('it ends within its table of contents');
    scanner ??= createCopyScanner(toc);
    return scanner;
  }

  return {
    archive: (chunk) => tocReader.write(chunk),
    sql: (chunk, heard) => ready().write(chunk, heard),
    toc: () => tocReader.toc(),
    data: () => tocReader.data(),
    current: () => scanner?.current() ?? { table: null, done: 0, of: 0 },
    finish() {
      const { tables, largeObjects } = ready().finish();
      const toc = tocReader.toc() as Toc;
      return { entries: inventoryEntries(toc), tables, sequences: inventorySequences(toc), largeObjects };
    },
  };
}
