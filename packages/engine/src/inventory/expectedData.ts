import { damagedArchive } from './archiveBytes.ts';
import { isAboutDatabase } from './entries.ts';
import { parseCopyStatement, readableName } from './names.ts';
import type { Toc, TocEntry } from './toc.ts';

/** One block of data that the SQL must hold, in order. */
export interface ExpectedData {
  readonly kind: 'table' | 'large-objects';
  readonly dumpId: number;
  /** The table whose rows these are, readable. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Set when the rows are loaded through the root of a partition tree. */
  readonly root?: string;
  /** The end of the header that pg_restore writes before the block, and the COPY statement: data follows. */
  readonly marker: Buffer;
  /** How often the marker occurs before, inside of definitions: texts that only look like data. */
  readonly decoys: number;
}

/** pg_restore prints names on one line in its comments. */
function inComment(name: string | null): string {
  return name === null ? '-' : name.replace(/[\r\n]/g, ' ');
}

/**
 * The header alone is longer than any identifier may be, so that only definitions can hold a decoy, and those are
 * known: the archive has their text.
 */
function markerOf(entry: TocEntry): string {
  const header = `; Type: ${entry.type}; Schema: ${inComment(entry.namespace)}; Owner: ${inComment(entry.owner)}\n--\n\n`;
  if (entry.type !== 'TABLE DATA') return header;
  const definition = entry.definition === null ? '' : `${entry.definition}\n\n`;
  return `${header}${definition}${entry.copyStatement ?? ''}`;
}

function countIn(text: string, marker: string): number {
  let count = 0;
  for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) count += 1;
  return count;
}

function tableOf(entry: TocEntry): Pick<ExpectedData, 'name' | 'columns' | 'root'> {
  const target = parseCopyStatement(entry.copyStatement ?? '');
  if (target === null) throw damagedArchive(`the data of ${entry.tag} are not written as COPY`);
  const name = readableName(entry.namespace, entry.tag);
  return { name, columns: target.columns, ...(target.table === name ? {} : { root: target.table }) };
}

/** The blocks of data that `pg_restore -f -` will write for this archive, in its order. */
export function expectedData(toc: Toc): ExpectedData[] {
  const expected: ExpectedData[] = [];
  let suspicious: string[] = [];
  for (const entry of toc.entries) {
    if (!entry.hasData) {
      const text = isAboutDatabase(entry) ? '' : (entry.definition ?? '');
      if (text.includes('; Type: ')) suspicious.push(text);
      continue;
    }
    if (entry.type !== 'TABLE DATA' && entry.type !== 'BLOBS') {
      throw damagedArchive(`it has data of a kind that is not known here (${entry.type})`);
    }
    const marker = markerOf(entry);
    const decoys = suspicious.reduce((sum, text) => sum + countIn(text, marker), 0);
    const isTable = entry.type === 'TABLE DATA';
    expected.push({
      ...(isTable ? tableOf(entry) : { name: entry.tag, columns: [] }),
      kind: isTable ? 'table' : 'large-objects',
      dumpId: entry.dumpId,
      marker: Buffer.from(marker, toc.encoding),
      decoys,
    });
    // Decoys lie between this block and the one before it.
    suspicious = [];
  }
  return expected;
}
