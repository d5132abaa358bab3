import { join } from 'node:path';
import { execa } from 'execa';

/** Where the engine looks besides Debian's folders. */
const folders = ['/usr/local/pgsql/bin', '/usr/local/bin', '/usr/bin', '/opt/homebrew/opt/libpq/bin'];

const versioned = (major: number) => [`/usr/pgsql-${major}/bin`, `/opt/homebrew/opt/postgresql@${major}/bin`];

/** Whether a pg_dump that is new enough for a server of this major lies where no package of Debian puts it. */
export async function toolsElsewhere(major: number, places = folders): Promise<boolean> {
  const found = await Promise.all([...versioned(major), ...places].map(majorIn));
  return found.some((one) => one >= major);
}

async function majorIn(folder: string): Promise<number> {
  const { stdout } = await execa(join(folder, 'pg_dump'), ['--version'], { reject: false, timeout: 10_000 });
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}
