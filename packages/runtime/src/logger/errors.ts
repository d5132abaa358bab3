import { isSagekeepError } from '@sagekeep/contracts';

const deepestCause = 5;

/** An error as fields of a log line: ours with code and advice, causes below. Secrets are removed later, at the stream. */
export function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const fields = {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
  };
  const ours = isSagekeepError(error)
    ? { advice: error.advice, facts: error.facts, retryable: error.retryable }
    : {};
  const cause =
    error.cause === undefined || depth >= deepestCause
      ? {}
      : { cause: serializeError(error.cause, depth + 1) };
  return { ...fields, ...ours, ...cause };
}
