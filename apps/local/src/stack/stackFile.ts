import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from '@sagekeep/contracts';
import type { Checkout } from '../checkout.ts';
import { writePrivateFile } from './privateFile.ts';

/** Tells the CLI and everybody who may read it how to reach the stack that is ready. */
export function writeStackFile(checkout: Checkout, stack: Stack): void {
  writePrivateFile(checkout.stackFile, `${JSON.stringify(Stack.parse(stack), null, 2)}\n`);
}

/** What a running stack wrote; undefined when there is none. */
export function readStackFile(checkout: Checkout): Stack | undefined {
  if (!existsSync(checkout.stackFile)) return undefined;
  return Stack.parse(JSON.parse(readFileSync(checkout.stackFile, 'utf8')));
}

/** Removes everything that is true only while a stack runs. */
export function removeRunFiles(checkout: Checkout): void {
  for (const name of ['stack.json', 'sagekeep.yaml', 'sage.url'])
    rmSync(join(checkout.run, name), { force: true });
}
