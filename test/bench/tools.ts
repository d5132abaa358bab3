import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { compressFrame } from '../../packages/engine/src/zstd/index.ts';

/** What the rivals and the old scripts run, on the same server with the same client tools. */
export function createTools(pgDump: string, work: string) {
  const environment = (url: string) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    return {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: decodeURIComponent(pathname.slice(1)),
    };
  };
  const file = join(work, 'dump');
  const pgRestore = join(dirname(pgDump), 'pg_restore');

  async function dump(url: string, ...args: string[]): Promise<void> {
    await execa(pgDump, [...args, '-f', file], { env: environment(url) });
    await rm(file);
  }

  /** Both formats as we store them, one after the other, without any look at the content. */
  async function dumpAndDerive(url: string, compression: string): Promise<void> {
    await execa(pgDump, ['-Fc', `--compress=${compression}`, '-f', file], { env: environment(url) });
    const deriving = execa(pgRestore, ['-f', '-', file], { buffer: false });
    await pipeline(deriving.readable(), compressFrame, createWriteStream(`${file}.sql.zst`));
    await Promise.all([rm(file), rm(`${file}.sql.zst`)]);
  }

  /** As people run it: whatever it says, it is not stopped by. */
  async function restore(url: string, archive: string, ...args: string[]): Promise<void> {
    const name = environment(url).PGDATABASE;
    await execa(pgRestore, [...args, '-d', name, archive], { env: environment(url), reject: false });
  }

  return { dump, dumpAndDerive, restore };
}
