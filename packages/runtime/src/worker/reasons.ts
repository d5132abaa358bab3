import { SagekeepError } from '@sagekeep/contracts';

const shown = (ms: number) => (ms < 60_000 ? `${ms} ms` : `${Math.round(ms / 60_000)} min`);

/** Why the queue itself ended a run: mostly the `reason` of the job's signal. */
export const abortReasons = {
  claimLost: () =>
    new SagekeepError('CLAIM_LOST', 'The worker lost its claim on the job; the run was ended.', {
      retryable: true,
      advice: 'Nothing to do: the job is run again. When it repeats, look at the connection to Redis.',
    }),
  handedBack: () =>
    new SagekeepError('HANDED_BACK', 'The worker is shutting down and hands the job back.', {
      retryable: true,
      advice: 'Nothing to do: the next worker takes it; no attempt was used.',
    }),
  cancelled: (by: string) =>
    new SagekeepError('CANCELLED', `The job was cancelled by ${by}.`, {
      advice: 'Retry it if it is wanted after all.',
    }),
  timeout: (ms: number) =>
    new SagekeepError('TIMEOUT', `The attempt took longer than ${shown(ms)} and was ended.`, {
      retryable: true,
      advice: "Look at the job's log for the phase in which it hung.",
    }),
  waitedInVain: (ms: number, busy: SagekeepError) =>
    new SagekeepError('LOCK_BUSY', `The job waited ${shown(ms)} for another one. ${busy.message}`, {
      advice:
        'See what the other job does (sagekeep jobs --state active). When it is dead, end its session with the server (pg_terminate_backend); then retry this one.',
      facts: busy.facts,
      cause: busy,
    }),
  servedBySoon: (id: string) =>
    new SagekeepError('LOCK_BUSY', `The job ${id} makes the same backup; this run joins it once it has.`, {
      advice: 'Nothing to do: where that job does not succeed, this one runs after all.',
      facts: { holder: id },
    }),
  crashedRepeatedly: (crashes: number) =>
    new SagekeepError(
      'CRASHED_REPEATEDLY',
      `The job was interrupted ${crashes} times without coming to an end: its worker died or lost its claim on it.`,
      {
        advice:
          "Look into the worker's log for the reason (out of memory, or a Redis that did not answer), then retry the job.",
      },
    ),
} as const;
