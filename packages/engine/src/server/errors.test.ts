import { SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { databaseError } from './errors.ts';

const coded = (code: string, message = 'told so') => Object.assign(new Error(message), { code });

describe('what an error of the server means', () => {
  it.each([
    [coded('28P01'), 'AUTHENTICATION_FAILED', false],
    [coded('28000'), 'AUTHENTICATION_FAILED', false],
    [coded('3D000'), 'DATABASE_MISSING', false],
    [coded('42501'), 'PERMISSION_MISSING', false],
    [coded('53100'), 'SPACE_MISSING', true],
    [coded('53300'), 'SERVER_UNREACHABLE', true],
    [coded('55P03'), 'OBJECT_BUSY', true],
    [coded('40P01'), 'OBJECT_BUSY', true],
    [coded('57P01'), 'SERVER_GONE', true],
    [coded('57P03'), 'SERVER_UNREACHABLE', true],
    [coded('ECONNREFUSED'), 'SERVER_UNREACHABLE', true],
    [coded('ECONNRESET'), 'SERVER_GONE', true],
    [new AggregateError([coded('ECONNREFUSED', 'connect ECONNREFUSED ::1')]), 'SERVER_UNREACHABLE', true],
    [new Error('Connection terminated unexpectedly'), 'SERVER_GONE', true],
    [new Error('timeout expired'), 'SERVER_UNREACHABLE', true],
    [coded('42601', 'syntax error'), 'INTERNAL', false],
    [coded('42P01'), 'INTERNAL', false],
    [coded('22P02'), 'INTERNAL', false],
    [coded('57014', 'canceling statement due to statement timeout'), 'SERVER_FAILED', true],
    [coded('XX000'), 'SERVER_FAILED', true],
    [coded('40001'), 'SERVER_FAILED', true],
    [coded('58030'), 'SERVER_FAILED', true],
    [coded('53000'), 'SERVER_FAILED', true],
    [coded('25P03'), 'SERVER_FAILED', true],
    [coded('25P04'), 'SERVER_FAILED', true],
    [coded('55006'), 'OBJECT_BUSY', true],
    [coded('ECONNABORTED'), 'SERVER_GONE', true],
    [new TypeError('x is not a function'), 'INTERNAL', false],
  ])('%s is %s', (error, code, retryable) => {
    const meant = databaseError(error, 'Asking');
    expect(meant).toMatchObject({ code, retryable, cause: error });
    expect(meant.message).toMatch(/^Asking failed: ./);
    if (!(error instanceof TypeError)) expect(meant.advice).toMatch(/\.$/);
  });

  it('passes our own errors on unchanged', () => {
    const ours = new SagekeepError('LOCK_LOST', 'gone');
    expect(databaseError(ours, 'Asking')).toBe(ours);
  });
});
