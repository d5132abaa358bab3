import type { Finding } from '@sagekeep/contracts';
import { counted, duration } from '../text/units.ts';
import type { MonitorFacts } from './facts.ts';
import { seen } from './finding.ts';

/** A job that waits longer than this is not waiting for its turn any more. */
const longWaitMs = 2 * 3_600_000;

export function queueFindings({ queues, workers }: Pick<MonitorFacts, 'queues' | 'workers'>): Finding[] {
  return [
    ...(workers === null ? [] : [alive(workers)]),
    ...(queues === null ? [] : [waiting(queues), failed(queues)]),
  ];
}

function alive(workers: number): Finding {
  return seen({
    id: 'queues.workers',
    title: 'Workers alive',
    status: workers === 0 ? 'fail' : 'pass',
    value: counted(workers, 'worker'),
    expected: 'at least one',
    advice: 'Start the worker: docker compose up -d worker',
  });
}

type Queues = NonNullable<MonitorFacts['queues']>;

function waiting(queues: Queues): Finding {
  const late = queues.filter(({ oldestWaitingMs }) => (oldestWaitingMs ?? 0) > longWaitMs);
  const text = (list: Queues) =>
    list
      .map(
        ({ name, waiting: count, oldestWaitingMs }) =>
          `${name}: ${count} for ${duration(oldestWaitingMs ?? 0)}`,
      )
      .join(', ');
  return seen({
    id: 'queues.waiting',
    title: 'Waiting jobs',
    status: late.length > 0 ? 'warn' : 'pass',
    value:
      late.length > 0
        ? text(late)
        : counted(
            queues.reduce((sum, one) => sum + one.waiting, 0),
            'job',
          ),
    expected: `none waits longer than ${duration(longWaitMs)}`,
    advice:
      'sagekeep jobs --state active shows what the workers do; start another worker if they are all busy',
  });
}

function failed(queues: Queues): Finding {
  const some = queues.filter((queue) => queue.failed > 0);
  return seen({
    id: 'queues.failed',
    title: 'Failed jobs',
    status: some.length > 0 ? 'warn' : 'pass',
    value: some.length === 0 ? 'none' : some.map((queue) => `${queue.name}: ${queue.failed}`).join(', '),
    expected: 'none that no success has followed',
    advice:
      'sagekeep jobs --state failed; then sagekeep retry QUEUE/ID, or sagekeep cancel QUEUE/ID to remove it',
  });
}
