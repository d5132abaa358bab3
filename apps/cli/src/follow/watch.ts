import { type JobView, type Progress, SagekeepError } from '@sagekeep/contracts';
import type { JobEvent } from '@sagekeep/runtime';
import type { Started } from '../desk.ts';
import type { World } from '../world.ts';
import { createDisplay, type Display } from './display.ts';

/** How watching a job ended. `left`: Ctrl-C; the job goes on. */
export type Watched = { readonly kind: 'ended'; readonly job: JobView } | { readonly kind: 'left' };

/** Shows a job until it ends or Ctrl-C. */
export async function watch(started: Started, world: World): Promise<Watched> {
  const display = createDisplay(world);
  try {
    for await (const event of started.events(world.interrupted)) {
      show(event, display);
      if (event.type === 'completed' || event.type === 'failed') return { kind: 'ended', job: event.job };
    }
  } finally {
    display.end();
  }
  if (world.interrupted.aborted) return { kind: 'left' };
  throw new SagekeepError(
    'INTERNAL',
    `The story of job ${started.queue}/${started.id} ended without its end.`,
    {
      advice: `Ask again: sagekeep jobs ${started.queue}/${started.id}`,
    },
  );
}

function show(event: JobEvent, display: Display): void {
  if (event.type === 'log') display.line(event.line);
  if (event.type !== 'state' && event.type !== 'progress') return;
  display.progress(progressOf(event.job));
}

function progressOf({ state, detail, error }: JobView): Progress {
  if (state === 'waiting') return { progress: 0, phase: 'waiting for a worker' };
  if (state !== 'delayed') return detail ?? { progress: 0, phase: 'starting' };
  const why = error === null ? {} : { detail: error.message };
  return { progress: detail?.progress ?? 0, phase: 'waiting for its next attempt', ...why };
}
