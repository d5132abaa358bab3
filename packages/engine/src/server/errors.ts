import { type ErrorCode, isSagekeepError, SagekeepError } from '@sagekeep/contracts';

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly advice: string;
}

const unreachable: Meaning = {
  code: 'SERVER_UNREACHABLE',
  retryable: true,
  advice: 'Check that the server runs and that host and port are right.',
};
const gone: Meaning = {
  code: 'SERVER_GONE',
  retryable: true,
  advice: 'The server ended the connection: look into its log; the job can be run again.',
};
const credentials: Meaning = {
  code: 'AUTHENTICATION_FAILED',
  retryable: false,
  advice: 'Check user, password and pg_hba.conf; running the job again cannot mend this.',
};
const missing: Meaning = {
  code: 'DATABASE_MISSING',
  retryable: false,
  advice: 'Check the dbname in the database URL.',
};
const forbidden: Meaning = {
  code: 'PERMISSION_MISSING',
  retryable: false,
  advice: 'Grant the named right to the user of the database URL, or use the owner of the database.',
};
const full: Meaning = {
  code: 'SPACE_MISSING',
  retryable: true,
  advice: 'Free space on the database server.',
};
const busy: Meaning = {
  code: 'OBJECT_BUSY',
  retryable: true,
  advice:
    'Look into pg_stat_activity for the session that holds it; the job can be run again when that ends.',
};

/** What nobody foresaw: most of it passes (a timeout, a conflict with recovery, a file that could not be read). */
const unforeseen: Meaning = {
  code: 'SERVER_FAILED',
  retryable: true,
  advice: "Look for this statement in the server's log; the job can be run again.",
};
const hopeless: Meaning = {
  code: 'INTERNAL',
  retryable: false,
  advice: 'The server refuses this statement every time; its log says more. A retry cannot mend that.',
};

/**
 * Classes of SQLSTATEs that come again however often the same statement is sent: bad data, violated constraints, syntax
 * and what is not there or not known, rights, limits of the server, errors that a function raised.
 */
const hopelessClasses: ReadonlySet<string> = new Set(
  '0A 0B 0L 0P 20 21 22 23 26 28 2B 2F 34 38 39 3B 3D 3F 42 44 54 F0 P0'.split(' '),
);

/** By SQLSTATE, or by Node's code of a network error. */
const meanings: Readonly<Record<string, Meaning>> = {
  '28P01': credentials,
  '28000': credentials,
  '3D000': missing,
  '42501': forbidden,
  '53100': full,
  '53300': {
    ...unreachable,
    advice: 'The server has no free connection: raise max_connections or end idle sessions.',
  },
  '53200': {
    code: 'SPACE_MISSING',
    retryable: true,
    advice: 'The server is out of memory; with many tables raise max_locks_per_transaction.',
  },
  '55P03': busy,
  '40P01': busy,
  '55006': busy,
  '57P01': gone,
  '57P02': gone,
  '57P03': { ...unreachable, advice: 'The server is starting up or shutting down.' },
  '08000': gone,
  '08003': gone,
  '08006': gone,
  '08001': unreachable,
  ECONNRESET: gone,
  EPIPE: gone,
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  ENOENT: unreachable,
};

function codeOf(error: unknown): string {
  // A host with several addresses fails with an AggregateError whose first cause tells why.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function ofUnlisted(code: string): Meaning | null {
  if (/^E(CONN|NET|HOST|PROTO)/.test(code)) return gone;
  if (!/^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return null;
  return hopelessClasses.has(code.slice(0, 2)) ? hopeless : unforeseen;
}

function meaningOf(error: unknown, text: string): Meaning | null {
  const known = meanings[codeOf(error)];
  if (known !== undefined) return known;
  if (/Connection terminated|connection is closed|not queryable|Client was closed/i.test(text)) return gone;
  if (/timeout (expired|exceeded)/i.test(text)) return unreachable;
  if (/password must be a string/i.test(text)) return credentials;
  return ofUnlisted(codeOf(error));
}

/**
 * What a driver's or the network's error means. `doing` says what was attempted, as the start of a sentence
 * ("Connecting to sage@127.0.0.1:5432"). What the server says and nobody foresaw is retryable, unless it would say it again
 * to the same statement; errors that are none of the server or the network become `INTERNAL`. Ours pass unchanged.
 */
export function databaseError(error: unknown, doing: string): SagekeepError {
  if (isSagekeepError(error)) return error;
  const text = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
  const meaning = meaningOf(error, text);
  const sqlState = codeOf(error);
  return new SagekeepError(meaning?.code ?? 'INTERNAL', `${doing} failed: ${text}.`, {
    retryable: meaning?.retryable ?? false,
    ...(meaning === null ? {} : { advice: meaning.advice }),
    facts: sqlState === '' ? {} : { sqlState },
    cause: error,
  });
}
