import { type ErrorCode, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { plainLine } from '@sagekeep/watch';
import { type ExitCode, exitCodes } from './exitCodes.ts';

/** What an error says to people: what happened, what to do, and its code for searching. */
export function errorLines(error: { code: string; message: string; advice?: string | undefined }): string[] {
  const message = error.message.split('\n').map(plainLine).join('\n');
  return [`sagekeep: ${message} [${error.code}]`, ...(error.advice ? [`  ${plainLine(error.advice)}`] : [])];
}

/** Codes that mean: the command itself was wrong, and nothing was started. */
const usage: readonly ErrorCode[] = ['INVALID_INPUT', 'CONFIRMATION_MISMATCH'];

export function exitCodeOf(error: SagekeepError): ExitCode {
  if (error.code === 'CANCELLED') return exitCodes.interrupted;
  return usage.includes(error.code) ? exitCodes.usage : exitCodes.failed;
}

/** Any throw as one of ours, so that nobody ever reads a stack trace. */
export function ownError(thrown: unknown): SagekeepError {
  if (isSagekeepError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SagekeepError('INTERNAL', message, {
    advice: 'This is a fault of Sagekeep itself: please report it with the command that you typed.',
    cause: thrown,
  });
}
