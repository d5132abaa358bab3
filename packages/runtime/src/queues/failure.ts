import { type ErrorCode, errorCodes, isSagekeepError } from '@sagekeep/contracts';

/** What a job's failure is kept as in BullMQ's `failedReason`: a sentence that people read in Bull Board. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice: string | null;
}

const adviceLine = '\nWhat to do: ';

/** `CODE: what happened`, and on a second line what to do. `parseFailure` reads it back. */
export function formatFailure(error: unknown): string {
  if (!isSagekeepError(error)) return `INTERNAL: ${error instanceof Error ? error.message : String(error)}`;
  const advice = error.advice === undefined ? '' : `${adviceLine}${error.advice}`;
  return `${error.code}: ${error.message}${advice}`;
}

/** Reads what `formatFailure` wrote; BullMQ's own words become `INTERNAL`, or `CRASHED_REPEATEDLY` for stalled jobs. */
export function parseFailure(failedReason: string): Failure {
  const cut = failedReason.indexOf(adviceLine);
  const sentence = cut < 0 ? failedReason : failedReason.slice(0, cut);
  const advice = cut < 0 ? null : failedReason.slice(cut + adviceLine.length);
  const match = /^([A-Z_]+): (.*)$/s.exec(sentence);
  const code = errorCodes.find((known) => known === match?.[1]);
  if (code !== undefined && match?.[2] !== undefined) return { code, message: match[2], advice };
  const crashed = /stalled more than|started more than/.test(sentence);
  return { code: crashed ? 'CRASHED_REPEATEDLY' : 'INTERNAL', message: sentence, advice };
}
