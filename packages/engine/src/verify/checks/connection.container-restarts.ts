import { type Check, fail, pass, skip, warn } from '../check.ts';

const recentMs = 24 * 3_600_000;

export const connectionContainerRestarts: Check = {
  id: 'connection.container-restarts',
  title: 'Container is stable',
  group: 'connection',
  mode: 'quick',
  asks: 'Was the container restarted by Docker within the last day, or killed for lack of memory?',
  worst: 'fail',
  expected: 'no restart within 24 h, no OOM kill',
  advice: 'Find out why it ended: docker logs CONTAINER; give it more memory if the kernel killed it.',
  offline: true,
  run({ container: look, now }) {
    if (look.kind !== 'found') return skip('the container could not be inspected');
    const { restarts, oomKilled, startedAt } = look.container;
    if (oomKilled) return fail('the kernel killed it for lack of memory');
    const age = startedAt === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(startedAt);
    const text = `${restarts} restarts by Docker, running since ${startedAt ?? 'never'}`;
    return restarts > 0 && age < recentMs ? warn(text) : pass(text);
  },
};
