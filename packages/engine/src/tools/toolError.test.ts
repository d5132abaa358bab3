import { describe, expect, it } from 'vitest';
import { scrub, toolError } from './toolError.ts';

const exit = (words: string, changes: object = {}) =>
  toolError({ file: '/usr/bin/pg_dump', exitCode: 1, signal: undefined, words, ...changes });

describe('what a tool says', () => {
  it.each([
    ['FATAL:  password authentication failed for user "x"', 'AUTHENTICATION_FAILED', false],
    ['connection to server at "h" failed: FATAL:  database "x" does not exist', 'DATABASE_MISSING', false],
    ['connection to server at "127.0.0.1", port 1 failed: Connection refused', 'SERVER_UNREACHABLE', true],
    ['server closed the connection unexpectedly', 'SERVER_GONE', true],
    ['FATAL:  terminating connection due to administrator command', 'SERVER_GONE', true],
    ['ERROR:  permission denied for table secrets', 'PERMISSION_MISSING', false],
    ['query would be affected by row-level security policy for table "t"', 'PERMISSION_MISSING', false],
    ['could not write to file: No space left on device', 'SPACE_MISSING', true],
    ['connection to server at "h" failed: FATAL:  could not write init file', 'SPACE_MISSING', true],
    ['ERROR:  memory required is 70 MB, maintenance_work_mem is 32 MB', 'SPACE_MISSING', false],
    [
      'canceling statement due to statement timeout\npg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE',
      'OBJECT_BUSY',
      true,
    ],
    ['ERROR:  cache lookup failed for relation 5', 'TOOL_FAILED', true],
    [
      'FATAL:  extension "timescaledb" must be preloaded\nserver closed the connection unexpectedly',
      'EXTENSION_MISSING',
      false,
    ],
    ['pg_restore: error: unsupported version (1.16) in file header', 'TOOLS_TOO_OLD', false],
    ['pg_restore: error: this build does not support compression with zstd', 'TOOLS_TOO_OLD', false],
    ['ERROR:  canceling statement due to user request', 'TOOL_FAILED', true],
    ['ERROR:  could not write block 7 of base/5/1: Input/output error', 'TOOL_FAILED', true],
    ['could not receive data from server: Connection reset by peer', 'SERVER_GONE', true],
    ['SSL error: unexpected eof while reading', 'SERVER_GONE', true],
    ['ERROR:  canceling statement due to conflict with recovery', 'TOOL_FAILED', true],
    ['something else', 'TOOL_FAILED', true],
    ['ERROR:  syntax error at or near "x"', 'TOOL_FAILED', false],
    ['ERROR:  relation "x" does not exist', 'TOOL_FAILED', false],
    ['pg_dump: error: aborting because of server version mismatch', 'TOOL_FAILED', false],
    ["pg_dump: unrecognized option '--such'", 'TOOL_FAILED', false],
  ])('%s', (words, code, retryable) => {
    expect(exit(words)).toMatchObject({ code, retryable, message: expect.stringContaining(words) });
  });

  it('tells memory that is full from a disk that is', () => {
    const said = exit(
      'ERROR:  could not resize shared memory segment "/PostgreSQL.7" to 67145056 bytes: No space left on device',
      { file: '/usr/bin/psql' },
    );
    expect(said).toMatchObject({ code: 'SPACE_MISSING', retryable: true });
    expect(said.advice).toContain('raise shm_size');
    expect(exit('write failed: No space left on device').advice).not.toContain('shm_size');
  });

  it.each([
    'pg_dump: error: invalid compression specification: this build does not support compression with ZSTD',
    'pg_restore: error: archive is compressed, but this installation does not support compression (ZSTD)',
  ])('tools that were built without a compression are not too old, but others are needed: %s', (words) => {
    expect(exit(words)).toMatchObject({
      code: 'TOOLS_TOO_OLD',
      retryable: false,
      advice: expect.stringContaining('built without that compression'),
    });
  });

  it.each(['pg_restore', 'psql'])('a statement that %s was refused is refused again', (tool) => {
    const refused = exit('ERROR:  something else', { file: `/usr/bin/${tool}` });
    expect(refused).toMatchObject({ code: 'TOOL_FAILED', retryable: false });
  });

  it.each([
    'ERROR:  invalid page in block 1 of relation base/5/16384',
    'ERROR:  missing chunk number 0 for toast value 16390 in pg_toast_16384',
    'ERROR:  could not read block 3 in file "base/5/16384": read only 0 of 8192 bytes',
    'ERROR:  invalid memory alloc request size 18446744073709551613',
    'ERROR:  compressed pglz data is corrupt',
    'ERROR:  could not access status of transaction 4000000000',
  ])('damaged content stays damaged, so that whoever restores hears it at once: %s', (words) => {
    const said = exit(words);
    expect(said).toMatchObject({ code: 'TOOL_FAILED', retryable: false });
    expect(said.advice).toContain('sagekeep verify');
    // The server that a proof loads may be on another disk: it says nothing of the backup.
    if (words.includes('block')) expect(exit(words, { file: '/x/pg_restore' }).retryable).toBe(true);
  });

  it('tells a signal, which may pass, and silence', () => {
    const killed = exit('', { exitCode: undefined, signal: 'SIGKILL' });
    expect(killed).toMatchObject({ code: 'TOOL_FAILED', retryable: true });
    expect(killed.message).toBe('pg_dump was ended by SIGKILL. It said nothing.');
  });

  it.each([{ exitCode: undefined }, { exitCode: 126 }, { exitCode: 127 }])(
    'tells that it cannot run: %o',
    (how) => {
      const words = 'setpriv: failed to execute /usr/bin/pg_dump: No such file or directory';
      expect(exit(words, how)).toMatchObject({ code: 'TOOLS_MISSING', retryable: false });
    },
  );

  it('repeats no secret, in no form', () => {
    const secret = 'p:/ w';
    const words = `a ${secret} b ${encodeURIComponent(secret)} c postgres://u:other@h/db
password retrieved from file "/tmp/sagekeep-x/pgpass" d`;
    const clean = scrub(words, secret);
    expect(clean).not.toContain(secret);
    expect(clean).not.toContain(encodeURIComponent(secret));
    expect(clean).not.toContain('other');
    expect(clean).not.toContain('pgpass');
    expect(clean).toContain('postgres://***@h/db');
  });
});
