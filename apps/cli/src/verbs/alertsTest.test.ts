import { expect, it } from 'vitest';
import { testJob } from '../testing/job.ts';
import { outcomeOf } from './alertsTest.ts';

const error = { code: 'DELIVERY_FAILED', message: 'the channel answered 502', advice: null };

it('knows the outcome after the first attempt, whatever comes later', () => {
  expect(outcomeOf('hook', testJob({ state: 'active' }))).toBeNull();
  expect(
    outcomeOf('hook', testJob({ state: 'completed', result: { delivered: true, detail: '200' } })),
  ).toEqual({
    channel: 'hook',
    delivered: true,
    detail: '200',
  });
  expect(outcomeOf('hook', testJob({ state: 'delayed', error }))).toMatchObject({
    delivered: false,
    detail: 'the channel answered 502; it will be tried again',
  });
  expect(outcomeOf('hook', testJob({ state: 'failed', error }))?.detail).toBe('the channel answered 502');
});
