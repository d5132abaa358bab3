import { isSagekeepError } from '@sagekeep/contracts';

/**
 * How much a failure tells about the cause: a broken pipe only says that a neighbour has failed. A tool's output is a
 * socket, which is reset instead when something lay in it unread. A tool that ended well has only lost its reader.
 */
function rank(error: unknown): number {
  const text = error instanceof Error ? error.message : '';
  const secondary =
    /EPIPE|broken pipe|output file: connection reset|premature close|end of file|write after end|aborted/i.test(
      text,
    );
  if (isSagekeepError(error) && error.facts['exitCode'] === 0) return 4;
  return (isSagekeepError(error) ? 0 : 2) + (secondary ? 1 : 0);
}

/**
 * Runs parts that only make sense together, such as two tools and the file between them. When one fails the signal
 * they were given aborts, all are awaited, and the failure that tells most is thrown: first by what it says, then in
 * the order of the list (name sources before sinks). An abort from outside is thrown as its own reason.
 */
export async function together(
  signal: AbortSignal,
  start: (signal: AbortSignal) => readonly Promise<unknown>[],
): Promise<void> {
  signal.throwIfAborted();
  const inner = new AbortController();
  const onAbort = () => inner.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const parts = start(inner.signal);
  for (const part of parts) part.catch((error: unknown) => inner.abort(error));
  const results = await Promise.allSettled(parts);
  signal.removeEventListener('abort', onAbort);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length === 0) return;
  if (signal.aborted) throw signal.reason;
  throw failures.reduce((best, next) => (rank(next) < rank(best) ? next : best));
}
