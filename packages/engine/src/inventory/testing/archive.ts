import type { TocEntry } from '../toc.ts';

/** Writes the head of a custom archive as pg_dump does, for tests. */
export interface ArchiveOptions {
  /** Minor number of the archive's format: 14 for PostgreSQL 12–15, 15 for 16, 16 for 17. */
  readonly minor?: number;
  readonly entries: readonly Partial<TocEntry>[];
}

const int = (value: number) => {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
};
const text = (value: string | null | undefined) =>
  value == null ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);

function entryBytes(entry: Partial<TocEntry>, minor: number): Buffer[] {
  return [
    ...[int(entry.dumpId ?? 1), int(entry.hasData === true ? 1 : 0), text('1259'), text('16384')],
    ...[text(entry.tag ?? 't'), text(entry.type ?? 'TABLE'), int(2), text(entry.definition ?? '')],
    ...[text('DROP'), text(entry.copyStatement), text(entry.namespace), text(null)],
    ...(minor >= 14 ? [text('heap')] : []),
    ...(minor >= 16 ? [int(114)] : []),
    ...[text(entry.owner), text('false')],
    ...[...(entry.dependencies ?? []).map((id) => text(String(id))), text(null)],
    Buffer.alloc(9, 2),
  ];
}

export function archiveHead({ minor = 14, entries }: ArchiveOptions): Buffer {
  const compression = minor >= 15 ? Buffer.from([2]) : int(1);
  return Buffer.concat([
    ...[Buffer.from('PGDMP'), Buffer.from([1, minor, 0, 4, 8, 1]), compression],
    ...[0, 1, 2, 3, 4, 126, 0].map(int),
    ...[text('db'), text('15.1'), text('15.2'), int(entries.length)],
    ...entries.flatMap((entry) => entryBytes(entry, minor)),
  ]);
}

/** Data of a table behind the head: its compressed bytes in pieces, as pg_dump cuts them. */
export function dataBlock(dumpId: number, data: Buffer, pieceBytes = 100_000): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < data.length; at += pieceBytes) {
    const piece = data.subarray(at, at + pieceBytes);
    pieces.push(int(piece.length), piece);
  }
  return Buffer.concat([Buffer.from([1]), int(dumpId), ...pieces, int(0)]);
}

/** Two large objects behind the head. */
export function largeObjectsBlock(dumpId: number, data: Buffer): Buffer {
  const object = (oid: number) => Buffer.concat([int(oid), int(data.length), data, int(0)]);
  return Buffer.concat([Buffer.from([3]), int(dumpId), object(16_400), object(16_401), int(0)]);
}

/** The entry that tells the encoding, which every archive begins with. */
export const utf8: Partial<TocEntry> = {
  type: 'ENCODING',
  tag: 'ENCODING',
  definition: "SET client_encoding = 'UTF8';\n",
};
