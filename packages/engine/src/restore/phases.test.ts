import type { JobContext } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { createPhases } from './phases.ts';

function contextOf(signal: AbortSignal) {
  const story: string[] = [];
  const context: JobContext = {
    jobId: 'j',
    attempt: 1,
    actor: 'tester',
    signal,
    log: (line) => story.push(`log ${line}`),
    progress: ({ progress, phase }) => story.push(`${phase} at ${progress}`),
    border: (name) => Promise.resolve(void story.push(`border ${name}`)),
  };
  return { context, story };
}

it('a phase is told, timed, and crosses its border only when it is done', async () => {
  const { context, story } = contextOf(new AbortController().signal);
  const phases = createPhases(context, 'restore');
  expect(await phases.run('data', 10, () => Promise.resolve(7))).toBe(7);
  await expect(phases.run('proof', 80, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(story).toEqual(['log data', 'data at 10', 'border restore:data', 'log proof', 'proof at 80']);
  expect(Object.keys(phases.timings)).toEqual(['data', 'proof']);
});

it('no phase begins once the job has been ended', async () => {
  const ended = AbortSignal.abort(new Error('cancelled'));
  const { context, story } = contextOf(ended);
  await expect(createPhases(context, 'restore').run('data', 1, () => Promise.resolve())).rejects.toThrow(
    'cancelled',
  );
  expect(story).toEqual([]);
});
