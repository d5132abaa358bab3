import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Manifest } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';

const places = {
  'first table': '\nSET default_tablespace',
  end: '\n--\n-- PostgreSQL database dump complete',
};

/** Puts a statement into the SQL of a backup, before its first table or its end, and the new digest into its manifest. */
export async function rewriteSql(
  folder: string,
  manifest: Manifest,
  { statement, before = 'first table' }: { statement: string; before?: keyof typeof places },
): Promise<void> {
  const own = join(folder, manifest.database, manifest.id);
  const file = manifest.files.find(({ format }) => format === 'sql')?.name ?? '';
  const text = zstdDecompressSync(await readFile(join(own, file))).toString();
  const place = places[before];
  if (!text.includes(place)) throw new Error(`${file} has no place for a statement`);
  const bytes = zstdCompressSync(text.replace(place, `\n${statement}${place}`));
  await writeFile(join(own, file), bytes);
  await changeManifest(join(own, 'manifest.json'), ({ files }) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    for (const entry of files) if (entry.name === file) Object.assign(entry, { sha256, bytes: bytes.length });
  });
}
