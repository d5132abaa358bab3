import type { JobView } from '@sagekeep/contracts';
import { expect } from 'vitest';
import type { ComposeStack } from './stack.ts';

/** Runs a verb that starts a job, to its good end. Exit code 3 means: done, and it found something. */
export async function runVerb(stack: ComposeStack, ...args: string[]): Promise<JobView> {
  const said = await stack
    .sagekeep(...args, '--json')
    .catch((error: { exitCode?: number; stdout: string }) => {
      if (error.exitCode === 3) return error.stdout;
      throw error;
    });
  const job = JSON.parse(said) as JobView;
  expect(job).toMatchObject({ state: 'completed', error: null });
  return job;
}
