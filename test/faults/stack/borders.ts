import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../support/events.ts';

/** Holds jobs of a worker that was started with SAGEKEEP_BORDERS at named borders, such as `backup:dump`. */
export interface Borders {
  hold(name: string): void;
  /** Resolves when a job stands at the border. */
  reached(name: string): Promise<void>;
  release(name: string): void;
}

export function createBorders(folder: string): Borders {
  mkdirSync(folder, { recursive: true });
  const file = (name: string, kind: string) => join(folder, `${name}.${kind}`);
  return {
    hold(name) {
      rmSync(file(name, 'reached'), { force: true });
      writeFileSync(file(name, 'hold'), '');
    },
    async reached(name) {
      await waitFor(() => existsSync(file(name, 'reached')), { what: `a job at the border ${name}` });
    },
    release: (name) => rmSync(file(name, 'hold'), { force: true }),
  };
}
