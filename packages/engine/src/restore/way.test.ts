import { SagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { otherWay } from './way.ts';

const mb = 1024 * 1024;
const way = { jobs: 2, memoryBytes: 100 * mb, parallel: true };
const said = (words: string) => new SagekeepError('SPACE_MISSING', `pg_restore ended. It said: ${words}`);
const shared = said('could not resize shared memory segment "/PostgreSQL.1" to 67145056 bytes');
const lists = said('ERROR:  memory required is 70 MB, maintenance_work_mem is 50 MB');

it('goes on without parallel builds when shared memory is too small, once', () => {
  const next = otherWay(shared, way, 100 * mb);
  expect(next).toMatchObject({ jobs: 2, memoryBytes: 100 * mb, parallel: false });
  expect(otherWay(shared, { ...way, parallel: false }, 100 * mb)).toBeNull();
});

it('gives one index all the memory that it asks for, when a restore may use that much', () => {
  const next = otherWay(lists, way, 128 * mb);
  expect(next).toMatchObject({ jobs: 1, memoryBytes: 128 * mb, parallel: true });
  expect(otherWay(lists, way, 69 * mb)).toBeNull();
  expect(otherWay(lists, { ...way, jobs: 1, memoryBytes: 128 * mb }, 128 * mb)).toBeNull();
});

it('knows no other way after any other error', () => {
  expect(otherWay(said('ERROR:  division by zero'), way, 128 * mb)).toBeNull();
  expect(otherWay(new Error('memory required is 1 MB'), way, 128 * mb)).toBeNull();
});
