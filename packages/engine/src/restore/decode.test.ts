import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { decodeSql, openDump } from './decode.ts';

const folder = mkdtempSync(join(tmpdir(), 'sagekeep-decode-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['none', 'gzip', 'zstd'] as const)(
  'a file that cannot be opened fails whoever reads it, however late he begins, and nobody else (%s)',
  async (compression) => {
    const path = join(folder, 'no such file');
    const stream = openDump({ path, compression });
    // What is asked later is answered later: the stream has heard by then.
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await setImmediate();
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

it('SQL that ends between two frames is cut off, though every frame in it is whole', async () => {
  const frames = ['select 1;\n', 'select 2;\n', '--\n-- PostgreSQL database dump complete\n--\n\n'].map(
    (sql) => zstdCompressSync(sql),
  );
  const decode = (count: number) => {
    const path = join(folder, 'dump.sql.zst');
    writeFileSync(path, Buffer.concat(frames.slice(0, count)));
    const dump = { format: 'sql', compression: 'zstd', name: 'dump.sql.zst', path } as const;
    return decodeSql(dump, new AbortController().signal);
  };
  for (const count of [1, 2]) await expect(decode(count)).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
  await expect(decode(3)).resolves.toBeUndefined();
});
