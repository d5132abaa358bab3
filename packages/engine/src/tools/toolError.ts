import { basename } from 'node:path';
import { type ErrorCode, SagekeepError } from '@sagekeep/contracts';

interface Pattern {
  readonly words: RegExp;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly advice: string;
}

/** What client tools say (in English: LC_MESSAGES is C), most telling first. */
const patterns: readonly Pattern[] = [
  {
    words: /authentication failed|no password supplied|no pg_hba\.conf entry|role ".*" does not exist/,
    code: 'AUTHENTICATION_FAILED',
    retryable: false,
    advice: 'Check user, password and pg_hba.conf; running the job again cannot mend this.',
  },
  {
    words: /FATAL: {2}database ".*" does not exist/s,
    code: 'DATABASE_MISSING',
    retryable: false,
    advice: 'Check the dbname in the database URL.',
  },
  {
    // The last is all that a server says that lets nobody in for want of room.
    words: /No space left on device|could not extend file|could not write init file/,
    code: 'SPACE_MISSING',
    retryable: true,
    advice: 'Free space where the message says.',
  },
  {
    words: /memory required is \d+ MB, maintenance_work_mem is \d+ MB/,
    code: 'SPACE_MISSING',
    retryable: false,
    advice:
      'Raise restoreMemory of this database to what the index needs, if the machine of the server has it, or build the index with fewer lists.',
  },
  {
    // pg_dump limits its LOCK TABLE statements by a statement timeout.
    words: /due to lock timeout|could not obtain lock|deadlock detected|statement timeout\b.*LOCK TABLE/s,
    code: 'OBJECT_BUSY',
    retryable: true,
    advice: 'Another session held a lock for too long; the job can be run again.',
  },
  {
    words:
      /server closed the connection|terminating connection|connection to server was lost|SSL (SYSCALL )?error|could not (receive|send) data (from|to) server/,
    code: 'SERVER_GONE',
    retryable: true,
    advice: 'The server ended the connection: look into its log; the job can be run again.',
  },
  {
    words:
      /could not connect|connection to server .* failed|Connection refused|could not translate host name/s,
    code: 'SERVER_UNREACHABLE',
    retryable: true,
    advice: 'Check that the server runs and that host and port are right.',
  },
  {
    words: /permission denied|must be owner|must be superuser|row-level security|row security/,
    code: 'PERMISSION_MISSING',
    retryable: false,
    advice: 'Grant the named right to the user of the database URL, or use the owner of the database.',
  },
  {
    words: /unsupported version .* in file header|(build|installation) does not support compression/,
    code: 'TOOLS_TOO_OLD',
    retryable: false,
    advice: 'Install client tools at least as new as those that wrote the archive.',
  },
  {
    words:
      /cache lookup failed|could not open relation with OID|out of (shared )?memory|snapshot .* does not exist/s,
    code: 'TOOL_FAILED',
    retryable: true,
    advice: 'This may pass: the job can be run again.',
  },
  {
    words:
      /due to (user request|conflict with recovery)|terminated by user|read-only transaction|too many clients|connection slots/,
    code: 'TOOL_FAILED',
    retryable: true,
    advice: 'Somebody or something ended it or forbade it for now: the job can be run again.',
  },
  {
    words:
      /could not (load library|access file|open file|open input file|read block|write block|fsync file|fork)|Input\/output error|invalid page in block/,
    code: 'TOOL_FAILED',
    retryable: true,
    advice: 'Look into the disks and the installation of the machine that the message comes from.',
  },
];

/**
 * What pg_dump says of content that is damaged on the server's disk, and would say again. Only there: of what loads, such
 * words tell of the server that is loaded, not of what was dumped.
 */
const damaged: Pattern = {
  words:
    /invalid page in block|(missing|unexpected) chunk number|could not read block|invalid memory alloc request|compressed .*data is corrupt|could not access status of transaction/,
  code: 'TOOL_FAILED',
  retryable: false,
  advice:
    'Content of the database is damaged: "sagekeep verify" tells where; a backup made before has it whole.',
};

/** What pg_dump would say again, however often it is run. */
const hopeless =
  /syntax error|server version mismatch|(invalid|illegal|unrecognized) (option|argument|configuration parameter)|(relation|column|function|type|operator|schema|extension) .* does not exist/;

/** pg_dump only reads: unless it is hopeless, what stopped it may pass. What loads fails at the same statement again. */
function mayPass({ exitCode, signal, words }: ToolExit, name: string): boolean {
  if (signal !== undefined) return true;
  return name.startsWith('pg_dump') && exitCode !== 0 && !hopeless.test(words);
}

const passing = 'Look into the log of the server for what stopped it; the job can be run again.';

/** Removes a password, also percent-encoded, the credentials of any URL and our password file from a tool's words. */
export function scrub(text: string, secret: string | null): string {
  let clean = text
    .replace(/\n?password retrieved from file ".*"/g, '')
    .replace(/(postgres(?:ql)?:\/\/)[^@\s/]*@/g, '$1***@');
  for (const form of secret === null || secret === '' ? [] : [secret, encodeURIComponent(secret)]) {
    clean = clean.replaceAll(form, '***');
  }
  return clean;
}

export interface ToolExit {
  readonly file: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The end of its stderr, without secrets. */
  readonly words: string;
  readonly cause?: unknown;
}

function lastLines(words: string): string {
  const text = words.trim();
  return text.length <= 2000 ? text : `…${text.slice(-2000)}`;
}

const missing: Omit<Pattern, 'words'> = {
  code: 'TOOLS_MISSING',
  retryable: false,
  advice: 'Reinstall the client tools: sagekeep doctor says how.',
};

/** 126 and 127 are what whoever starts a program for us (setpriv, a shell) ends with when that cannot be run. */
function isMissing({ exitCode, signal }: ToolExit): boolean {
  return signal === undefined && (exitCode === undefined || exitCode === 126 || exitCode === 127);
}

/** What a tool's failure means, in its own words. One that was ended by a signal may succeed when it is run again. */
export function toolError(exit: ToolExit): SagekeepError {
  const name = basename(exit.file);
  const how =
    exit.signal !== undefined
      ? `was ended by ${exit.signal}`
      : exit.exitCode === undefined
        ? 'could not be started'
        : `ended with exit code ${exit.exitCode}`;
  const said = exit.words.trim() === '' ? 'It said nothing.' : `It said: ${lastLines(exit.words)}`;
  const known = name.startsWith('pg_dump') ? [damaged, ...patterns] : patterns;
  const pattern =
    known.find(({ words }) => words.test(exit.words)) ?? (isMissing(exit) ? missing : undefined);
  const retryable = pattern?.retryable ?? mayPass(exit, name);
  const advice = pattern?.advice ?? (retryable ? passing : undefined);
  return new SagekeepError(pattern?.code ?? 'TOOL_FAILED', `${name} ${how}. ${said}`, {
    retryable,
    ...(advice === undefined ? {} : { advice }),
    facts: { tool: name, exitCode: exit.exitCode ?? null, signal: exit.signal ?? null },
    ...(exit.cause === undefined ? {} : { cause: exit.cause }),
  });
}
