import { isSagekeepError, type SagekeepError } from '@sagekeep/contracts';

const always: readonly string[] = ['FILE_DAMAGED', 'INVENTORY_MISMATCH', 'INDEX_INVALID'];

/** A server that refuses a statement of the dump says so in these words, which client tools repeat. */
const refusedByServer = /ERROR: {2}/;

/**
 * Whether an error tells of the backup itself: its files, its content, or a statement that no server would take. All
 * else (a tool that cannot run or ends early, a server that is gone, full or forbidden) says nothing about the backup.
 */
export function isVerdict(error: unknown): error is SagekeepError {
  if (!isSagekeepError(error) || error.retryable) return false;
  return always.includes(error.code) || (error.code === 'TOOL_FAILED' && refusedByServer.test(error.message));
}
