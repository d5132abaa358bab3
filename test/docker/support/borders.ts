import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../support/events.ts';

/** Holds jobs of composed workers at named borders (`borders.yml`), such as `backup:dump`. */
export interface Borders {
  hold(name: string): Promise<void>;
  /** Resolves when a job stands at the border; forgets it, so that the next arrival can be waited for. */
  reached(name: string): Promise<void>;
  release(name: string): Promise<void>;
}

export async function createBorders(folder: string): Promise<Borders> {
  await mkdir(folder, { recursive: true });
  // The workers' user is not the one that runs the tests.
  await chmod(folder, 0o777);
  const file = (name: string, kind: string) => join(folder, `${name}.${kind}`);
  return {
    async hold(name) {
      await rm(file(name, 'reached'), { force: true });
      await writeFile(file(name, 'hold'), '');
    },
    async reached(name) {
      const what = `a job to reach the border ${name}`;
      await waitFor(() => existsSync(file(name, 'reached')), { what, withinMs: 180_000 });
      await rm(file(name, 'reached'), { force: true });
    },
    release: (name) => rm(file(name, 'hold'), { force: true }),
  };
}
