import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders of this checkout that the local stack uses. */
export interface Checkout {
  readonly root: string;
  /** Data, secrets and output of the private servers: `data/local`. */
  readonly local: string;
  /** What exists only while a stack runs: `data/run`. */
  readonly run: string;
  readonly stackFile: string;
}

export function checkoutAt(root: string): Checkout {
  const real = realpathSync(root);
  const run = join(real, 'data/run');
  return { root: real, local: join(real, 'data/local'), run, stackFile: join(run, 'stack.json') };
}

/** The checkout that this file is part of. */
export function thisCheckout(): Checkout {
  return checkoutAt(fileURLToPath(new URL('../../..', import.meta.url)));
}
