import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Restores a backup aside and compares. A proof that failed is a result: the mark is written, a retry would not help. */
export function createProveJob({ engine }: WorkerDependencies): JobHandler<'prove'> {
  return async (payload, context) => {
    const proof = await engine.prove(payload, context);
    return { status: proof.result === 'failed' ? 'fail' : 'pass', proof };
  };
}
