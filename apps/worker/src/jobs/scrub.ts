import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Reads stored files again and compares them with their digests. */
export function createScrubJob({ engine }: WorkerDependencies): JobHandler<'scrub'> {
  return (payload, context) => engine.scrub(payload, context);
}
