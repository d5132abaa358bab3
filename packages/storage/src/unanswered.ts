import { isSagekeepError } from '@sagekeep/contracts';

/** Whether the storage did not answer: such an error says nothing of what was asked for, not even whether it is there. */
export function isUnanswered(error: unknown): boolean {
  return isSagekeepError(error, 'STORAGE_FAILED') || isSagekeepError(error, 'STORAGE_NOT_WRITABLE');
}
