import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

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

  /** `pg_dump -Fc | tee archive | pg_restore -f -`: both formats from one read, without any look at the content. */
  async function dumpAndDerive(url: string, compression: string): Promise<void> {
    const dumping = execa(pgDump, ['-Fc', `--compress=${compression}`], {
      env: environment(url),
      buffer: false,
    });
    const deriving = execa(pgRestore, ['-f', '-'], { buffer: false, stdout: 'ignore' });
    const archive = createWriteStream(file);
    dumping.stdout.pipe(archive);
    dumping.stdout.pipe(deriving.stdin);
    await Promise.all([dumping, deriving, once(archive, 'finish')]);
    await rm(file);
  }

  /** As people run it: whatever it says, it is not stopped by. */
  async function restore(url: string, archive: string, ...args: string[]): Promise<void> {
    const name = environment(url).PGDATABASE;
    await execa(pgRestore, [...args, '-d', name, archive], { env: environment(url), reject: false });
  }

  return { dump, dumpAndDerive, restore };
}
