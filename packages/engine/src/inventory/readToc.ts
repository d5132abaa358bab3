import { type ArchiveBytes, createArchiveBytes, damagedArchive } from './archiveBytes.ts';
import type { Toc, TocEntry } from './toc.ts';

/** Thrown inside a step that needs more bytes; never leaves this file. */
const needMore = Symbol('need more bytes');

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw needMore;
  return value;
}

interface Head {
  /** 0x010e for 1.14. */
  readonly version: number;
  readonly dbname: Buffer | null;
  readonly serverVersion: Buffer | null;
  readonly dumpVersion: Buffer | null;
  readonly entryCount: number;
}

type RawEntry = Omit<TocEntry, 'type' | 'tag' | 'namespace' | 'owner' | 'definition' | 'copyStatement'> &
  Record<'type' | 'tag' | 'namespace' | 'owner' | 'definition' | 'copyStatement', Buffer | null>;

const customFormat = 1;

/** The head of pg_backup_archiver.c's WriteHead, versions 1.12 (PostgreSQL 9.0) to 1.16 (17 and 18). */
function readHead(bytes: ArchiveBytes): Head {
  for (const letter of Buffer.from('PGDMP')) {
    if (sure(bytes.byte()) !== letter) throw damagedArchive('it does not begin like one');
  }
  const version = sure(bytes.byte()) * 256 + sure(bytes.byte());
  sure(bytes.byte());
  if (version < 0x010c || version > 0x0110) {
    throw damagedArchive(`its format is ${version >> 8}.${version & 255}, which is not known here`);
  }
  bytes.intBytes = sure(bytes.byte());
  bytes.offsetBytes = sure(bytes.byte());
  if (bytes.intBytes < 1 || bytes.intBytes > 6 || bytes.offsetBytes > 16) throw damagedArchive('odd sizes');
  if (sure(bytes.byte()) !== customFormat) throw damagedArchive('it is not in custom format');
  if (version >= 0x010f) sure(bytes.byte());
  else sure(bytes.int());
  for (let part = 0; part < 7; part += 1) sure(bytes.int());
  return {
    version,
    dbname: sure(bytes.text()),
    serverVersion: sure(bytes.text()),
    dumpVersion: sure(bytes.text()),
    entryCount: sure(bytes.int()),
  };
}

function readDependencies(bytes: ArchiveBytes): number[] {
  const ids: number[] = [];
  for (let id = sure(bytes.text()); id !== null; id = sure(bytes.text())) ids.push(Number(id.toString()));
  return ids;
}

/** One round of pg_backup_archiver.c's ReadToc. */
function readEntry(bytes: ArchiveBytes, version: number): RawEntry {
  const dumpId = sure(bytes.int());
  const hasData = sure(bytes.int()) !== 0;
  sure(bytes.text()); // table OID of the catalogue
  sure(bytes.text()); // OID
  const tag = sure(bytes.text());
  const type = sure(bytes.text());
  sure(bytes.int()); // section
  const definition = sure(bytes.text());
  sure(bytes.text()); // DROP statement
  const copyStatement = sure(bytes.text());
  const namespace = sure(bytes.text());
  sure(bytes.text()); // tablespace
  if (version >= 0x010e) sure(bytes.text()); // table access method
  if (version >= 0x0110) sure(bytes.int()); // relkind
  const owner = sure(bytes.text());
  sure(bytes.text()); // WITH OIDS
  const dependencies = readDependencies(bytes);
  sure(bytes.skipOffset());
  return { dumpId, hasData, type, tag, namespace, owner, definition, copyStatement, dependencies };
}

/** Names are in the database's encoding, which the archive's first entry tells. */
function encodingOf(entries: readonly RawEntry[]): 'utf8' | 'latin1' {
  const entry = entries.find(({ type }) => type?.toString('latin1') === 'ENCODING');
  const statement = entry?.definition?.toString('latin1') ?? '';
  return /'UTF-?8'/i.test(statement) ? 'utf8' : 'latin1';
}

function tocOf(head: Head, raw: readonly RawEntry[]): Toc {
  const encoding = encodingOf(raw);
  const text = (value: Buffer | null) =>
    value === null || value.length === 0 ? null : value.toString(encoding);
  return {
    archiveVersion: `${head.version >> 8}.${head.version & 255}`,
    dbname: text(head.dbname) ?? '',
    serverVersion: text(head.serverVersion) ?? '',
    dumpVersion: text(head.dumpVersion) ?? '',
    encoding,
    entries: raw.map((entry) => ({
      dumpId: entry.dumpId,
      hasData: entry.hasData,
      type: text(entry.type) ?? '',
      tag: text(entry.tag) ?? '',
      namespace: text(entry.namespace),
      owner: text(entry.owner),
      definition: text(entry.definition),
      copyStatement: text(entry.copyStatement),
      dependencies: entry.dependencies,
    })),
  };
}

export interface TocReader {
  /** The archive's bytes from its first one on; what follows the table of contents is ignored. */
  write(chunk: Uint8Array): void;
  /** Null until all of it has been seen. */
  toc(): Toc | null;
  /** Null until then, too. */
  data(): DataStart | null;
}

/** Where an archive's data begin. */
export interface DataStart {
  /** Position behind the table of contents, bytes. */
  readonly offset: number;
  /** How long its whole numbers are, without their sign. */
  readonly intBytes: number;
}

/** Reads a custom archive's table of contents from a stream. Throws `FILE_DAMAGED` for anything else. */
export function createTocReader(): TocReader {
  const bytes = createArchiveBytes();
  const raw: RawEntry[] = [];
  let head: Head | null = null;
  let toc: Toc | null = null;
  let arrived = 0;
  let data: DataStart | null = null;

  /** False when it needs more bytes. */
  function step(): boolean {
    try {
      if (head === null) head = readHead(bytes);
      else raw.push(readEntry(bytes, head.version));
      bytes.commit();
      return true;
    } catch (error) {
      if (error !== needMore) throw error;
      bytes.rollback();
      return false;
    }
  }

  return {
    write(chunk) {
      if (toc !== null) return;
      bytes.append(chunk);
      arrived += chunk.length;
      while (head === null || raw.length < head.entryCount) {
        if (!step()) return;
      }
      toc = tocOf(head, raw);
      data = { offset: arrived - bytes.left(), intBytes: bytes.intBytes };
    },
    toc: () => toc,
    data: () => data,
  };
}

/** Reads only as much of an archive as its table of contents needs. Throws `FILE_DAMAGED`. */
export async function readToc(archive: AsyncIterable<Uint8Array>): Promise<Toc> {
  const reader = createTocReader();
  for await (const chunk of archive) {
    reader.write(chunk);
    const toc = reader.toc();
    if (toc !== null) return toc;
  }
  throw damagedArchive('it ends within its table of contents');
}
