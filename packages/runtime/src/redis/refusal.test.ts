import { expect, it } from 'vitest';
import { refusedWrite } from './refusal.ts';

const aborted = (message: string) =>
  Object.assign(new Error('EXECABORT Transaction discarded because of previous errors.'), {
    previousErrors: [new Error(message)],
  });

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", /memory that it may/, /maxmemory/],
  ['MISCONF Redis is configured to save RDB snapshots, but it is currently unable to', /its disk/, /log/],
  ["READONLY You can't write against a read only replica.", /replica/, /REDIS_URL/],
  ['NOREPLICAS Not enough good replicas to write.', /replicas follow/, /Start them/],
])('%s', (said, why, advice) => {
  for (const error of [new Error(said), aborted(said)]) {
    const told = refusedWrite(error);
    expect(told).toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true, cause: error });
    expect(told?.message).toMatch(why);
    expect(told?.message).not.toContain(said);
    expect(told?.advice).toMatch(advice);
  }
});

it('other errors are none', () => {
  for (const error of [new Error('WRONGTYPE Operation against a key'), aborted('ERR unknown command'), 'OOM'])
    expect(refusedWrite(error)).toBeNull();
});
