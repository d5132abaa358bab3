import { isSagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { fail, pass, warn } from './check.ts';
import { answerIfOff, assertChecksExist, atWorst } from './configuredChecks.ts';

const database = (checks: Record<string, 'off' | 'warn' | 'fail'>, name = 'sage') => ({
  name,
  expect: { schema: null, references: [], coverage: [90, 70] as const, checks },
});

function faultsOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (isSagekeepError(error, 'CONFIGURATION_INVALID')) return error.facts['faults'];
    throw error;
  }
  throw new Error('it was accepted');
}

it('names every check that there is not, each with the nearest one', () => {
  const databases = [
    database({ 'pgvector.recal': 'off', 'pgvector.values': 'warn' }),
    database({ coverage: 'warn' }, 'other'),
  ];
  expect(faultsOf(() => assertChecksExist(databases))).toEqual([
    {
      path: 'databases.sage.expect.checks.pgvector.recal',
      message: 'there is no such check; did you mean pgvector.recall?',
    },
    {
      path: 'databases.other.expect.checks.coverage',
      message: 'there is no such check; did you mean pgvector.coverage?',
    },
  ]);
});

it('accepts what there is', () => {
  expect(assertChecksExist([database({ 'pgvector.recall': 'off' }), database({})])).toBeUndefined();
});

it('switches off, and caps what may be said at worst', () => {
  const config = database({ a: 'off', b: 'warn', c: 'fail' });
  expect(answerIfOff(config, 'a')).toMatchObject({
    status: 'skip',
    value: expect.stringContaining('switched off'),
  });
  expect(answerIfOff(config, 'b')).toBeNull();
  expect(answerIfOff(config, 'd')).toBeNull();
  expect(atWorst(config, 'b', fail('x'))).toEqual({ status: 'warn', value: 'x' });
  expect(atWorst(config, 'b', pass('x')).status).toBe('pass');
  expect(atWorst(config, 'c', fail('x')).status).toBe('fail');
  expect(atWorst(config, 'c', warn('x')).status).toBe('warn');
  expect(atWorst(config, 'd', fail('x')).status).toBe('fail');
});
