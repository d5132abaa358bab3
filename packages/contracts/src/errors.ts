/**
 * Every way in which Sagekeep says no. A code is stable: clients, tests and documentation rely on it.
 * Each edge maps codes once: the API to an HTTP status, the worker to retry or not, the CLI to an exit code.
 */
export const errorCodes = [
  // what the caller sent
  'INVALID_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TOO_MANY_ATTEMPTS',
  'UNKNOWN_DATABASE',
  'UNKNOWN_SERVER',
  'UNKNOWN_BACKUP',
  'UNKNOWN_FILE',
  'UNKNOWN_JOB',
  'UNKNOWN_RESTORE',
  'UNKNOWN_SCHEDULE',
  'UNKNOWN_REPORT',
  'NOT_FOUND',
  'CONFIRMATION_MISMATCH',
  'CONFLICT',
  'JOB_NOT_RETRYABLE',
  'JOB_NOT_CANCELLABLE',
  'BACKUP_PROTECTED',
  // how this installation is set up
  'CONFIGURATION_INVALID',
  'TOOLS_MISSING',
  'TOOLS_TOO_OLD',
  'QUEUE_UNAVAILABLE',
  'API_UNAVAILABLE',
  // the storage
  'STORAGE_NOT_WRITABLE',
  'STORAGE_FULL',
  'STORAGE_KEY_INVALID',
  'STORAGE_OBJECT_EXISTS',
  'STORAGE_OBJECT_MISSING',
  'STORAGE_FAILED',
  'MANIFEST_DAMAGED',
  'FILE_DAMAGED',
  // the database server
  'SERVER_UNREACHABLE',
  'SERVER_GONE',
  'SERVER_FAILED',
  'AUTHENTICATION_FAILED',
  'DATABASE_MISSING',
  'PERMISSION_MISSING',
  'VERSION_MISMATCH',
  'EXTENSION_MISSING',
  'ROLE_MISSING',
  'SPACE_MISSING',
  'CONTAINER_NOT_RUNNING',
  // what a job came to
  'TOOL_FAILED',
  'LOCK_BUSY',
  'LOCK_LOST',
  'OBJECT_BUSY',
  'INVENTORY_MISMATCH',
  'INDEX_INVALID',
  'RESTORE_REFUSED',
  'PLAN_OUTDATED',
  'CLEANUP_REFUSED',
  'UNDO_IMPOSSIBLE',
  'DELIVERY_FAILED',
  'CANCELLED',
  'HANDED_BACK',
  'CLAIM_LOST',
  'TIMEOUT',
  'CRASHED_REPEATEDLY',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** Facts that go with an error: small, JSON, and never a secret. */
export type ErrorFacts = Readonly<Record<string, unknown>>;

export interface ErrorDetails {
  /** Whether the same job may succeed when it is run again unchanged. Default false. */
  retryable?: boolean;
  /** What the reader should do next, as one sentence. */
  advice?: string;
  facts?: ErrorFacts;
  cause?: unknown;
}

/** The one error base. `message` says what happened, `advice` what to do; neither ever holds a secret. */
export class SagekeepError extends Error {
  override readonly name = 'SagekeepError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly advice: string | undefined;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.advice = details.advice;
    this.facts = details.facts ?? {};
  }
}

/** Narrow an unknown throw to ours, optionally of one code. */
export function isSagekeepError(error: unknown, code?: ErrorCode): error is SagekeepError {
  return error instanceof SagekeepError && (code === undefined || error.code === code);
}
