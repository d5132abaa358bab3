import { SagekeepError } from '@sagekeep/contracts';

/** Redis answers, and executes no write: how it says so, why, and what helps. */
const refusals: readonly { readonly said: RegExp; readonly why: string; readonly advice: string }[] = [
  {
    said: /\bOOM command not allowed/,
    why: 'it has used all the memory that it may',
    advice:
      'Raise `maxmemory` (redis-cli CONFIG SET maxmemory, and its configuration) or remove what else fills it',
  },
  {
    said: /\bMISCONF\b/,
    why: 'it cannot save to its disk',
    advice: 'Its log says why: make room on that disk, or mend it',
  },
  {
    said: /\bREADONLY\b/,
    why: 'it is a read-only replica',
    advice: 'Let REDIS_URL name the primary',
  },
  {
    said: /\bNOREPLICAS\b/,
    why: 'fewer replicas follow it than its `min-replicas-to-write` demands',
    advice: 'Start them again, or lower that number',
  },
];

/** `QUEUE_UNAVAILABLE` in our own words when Redis refused a write as such; null for any other error. */
export function refusedWrite(error: unknown): SagekeepError | null {
  const texts = [error, ...previousErrors(error)].map((one) => (one instanceof Error ? one.message : ''));
  const refusal = refusals.find(({ said }) => texts.some((text) => said.test(text)));
  if (refusal === undefined) return null;
  return new SagekeepError(
    'QUEUE_UNAVAILABLE',
    `Redis takes no writes: ${refusal.why}; nothing was enqueued or changed.`,
    {
      retryable: true,
      advice: `${refusal.advice}, then ask again; \`--offline\` works without it.`,
      cause: error,
    },
  );
}

/** A transaction is refused as a whole; why is told of its commands. */
function previousErrors(error: unknown): readonly unknown[] {
  const previous = error instanceof Error && 'previousErrors' in error ? error.previousErrors : [];
  return Array.isArray(previous) ? previous : [];
}
