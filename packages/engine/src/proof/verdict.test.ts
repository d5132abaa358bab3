import { SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { undecodable } from '../restore/decode.ts';
import { toolError } from '../tools/toolError.ts';
import { isVerdict } from './verdict.ts';

const said = (words: string, changes: object = {}) =>
  toolError({ file: '/x/pg_restore', exitCode: 1, signal: undefined, words, ...changes });

describe('a failed proof is what tells of the backup', () => {
  it.each([
    said('pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax for type integer: "x"'),
    said('pg_restore: error: could not execute query: ERROR:  type "planet" does not exist'),
    new SagekeepError('FILE_DAMAGED', 'A file differs.'),
    undecodable('a.sql.zst', Object.assign(new Error('bad'), { code: 'ZSTD_error_checksum_wrong' })),
  ])('%s', (error) => expect(isVerdict(error)).toBe(true));
});

describe('what tells of a tool, a server or the storage is none', () => {
  it.each([
    said('', { exitCode: undefined }),
    said('setpriv: failed to execute /x/pg_restore: No such file or directory', { exitCode: 127 }),
    said('pg_restore: error: unsupported version (1.16) in file header'),
    said('pg_restore: error: this build does not support compression with zstd'),
    said('pg_restore: error: could not open input file "/b/x": Permission denied'),
    said('pg_restore: terminated by user'),
    said('', { exitCode: undefined, signal: 'SIGKILL' }),
    said('error: could not execute query: ERROR:  canceling statement due to user request'),
    said('error: could not execute query: ERROR:  cannot execute CREATE TABLE in a read-only transaction'),
    said(
      'error: could not execute query: ERROR:  out of shared memory\nHINT: raise max_locks_per_transaction',
    ),
    said('error: could not execute query: ERROR:  could not write block 7 of base/5/1: Input/output error'),
    said('error: could not execute query: ERROR:  could not load library "/l/vector.so": no such file'),
    said('error: could not execute query: ERROR:  vchord must be loaded via shared_preload_libraries.'),
    said('error: could not execute query: ERROR:  permission denied to create extension "x"'),
    undecodable(
      'a.sql.zst',
      Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' }),
    ),
    new Error('a fault of ours'),
  ])('%s', (error) => expect(isVerdict(error)).toBe(false));
});
