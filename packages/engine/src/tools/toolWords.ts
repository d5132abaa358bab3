import type { ErrorCode } from '@sagekeep/contracts';

/** What a tool's words mean. */
export interface Pattern {
  readonly words: RegExp;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly advice: string;
}

/** What client tools say (in English: LC_MESSAGES is C), most telling first. */
export const patterns: readonly Pattern[] = [
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
    // Says "No space left on device" too, of a device that is memory.
    words: /could not resize shared memory segment/,
    code: 'SPACE_MISSING',
    retryable: true,
    advice:
      "The server's /dev/shm is too small: raise shm_size of its container (docs/deployment.md). Free disk space does not help.",
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
    // What lacks a library, such as a throw-away server that was not told of it, says nothing about the dump.
    words: /(?:ERROR|FATAL): .*(?:shared_preload_libraries|must be preloaded)/,
    code: 'EXTENSION_MISSING',
    retryable: false,
    advice:
      'The server needs that library from its start: add it to its shared_preload_libraries and restart it.',
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
    words: /(build|installation) does not support compression/,
    code: 'TOOLS_TOO_OLD',
    retryable: false,
    advice:
      'These client tools were built without that compression: install those of your system or of PostgreSQL’s own repository, which have it.',
  },
  {
    words: /unsupported version .* in file header/,
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
export const damaged: Pattern = {
  words:
    /invalid page in block|(missing|unexpected) chunk number|could not read block|invalid memory alloc request|compressed .*data is corrupt|could not access status of transaction/,
  code: 'TOOL_FAILED',
  retryable: false,
  advice:
    'Content of the database is damaged: "sagekeep verify" tells where; a backup made before has it whole.',
};

/** What pg_dump would say again, however often it is run. */
export const hopeless =
  /syntax error|server version mismatch|(invalid|illegal|unrecognized) (option|argument|configuration parameter)|(relation|column|function|type|operator|schema|extension) .* does not exist/;
