import type { JobView } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import type { JobEvent } from '../jobs.ts';
import { followJob } from './follow.ts';

const log = ['one', 'two', 'three'];
const job: JobView = {
  id: '12',
  name: 'backup',
  queue: 'backup',
  state: 'active',
  progress: 0,
  phase: null,
  detail: null,
  attempts: { made: 1, of: 4 },
  payload: {},
  log: [],
  result: null,
  error: null,
  createdAt: '2026-11-23T11:59:00.000Z',
  startedAt: null,
  finishedAt: null,
};
const at = (progress: number): Partial<JobView> => ({ detail: { progress, phase: 'dump' } });

/** What a follower hears of a job that is found so, one look after the other, with so many lines of its log. */
async function heard(looks: readonly { lines: number; change?: Partial<JobView> }[]) {
  const asked: number[] = [];
  const follow = followJob({
    queue: 'backup',
    id: '12',
    signal: new AbortController().signal,
    bell: { next: () => Promise.resolve(), close: () => Promise.resolve() },
    read(fromLine) {
      const { lines, change } = looks[asked.length] ?? { lines: 3 };
      asked.push(fromLine);
      return Promise.resolve({ ...job, ...change, log: log.slice(fromLine, lines) });
    },
  });
  const events: JobEvent[] = [];
  for await (const event of follow) events.push(event);
  return { asked, events };
}

it('a line is read and told once, and only the last event has the log', async () => {
  const { asked, events } = await heard([
    { lines: 1 },
    { lines: 2, change: at(10) },
    { lines: 2, change: at(20) },
    { lines: 3, change: { state: 'completed' } },
  ]);
  expect(asked).toEqual([0, 1, 2, 2]);
  expect(events.map((event) => (event.type === 'log' ? event.line : event.type)).join(' ')).toBe(
    'state one two progress progress three completed',
  );
  const logs = events.flatMap((event) => (event.type === 'log' ? [] : [event.job.log]));
  expect(logs).toEqual([[], [], [], log]);
});
