import { type Check, fail, pass, skip, warn } from '../check.ts';

export const connectionContainerHealth: Check = {
  id: 'connection.container-health',
  title: 'Container is healthy',
  group: 'connection',
  mode: 'quick',
  asks: "What does the container's own health check say?",
  worst: 'fail',
  expected: 'healthy',
  advice: 'Look at what the health check says: docker inspect --format "{{json .State.Health}}" CONTAINER',
  offline: true,
  run({ container: look }) {
    if (look.kind !== 'found') return skip('the container could not be inspected');
    const { name, health, healthOutput, state } = look.container;
    if (state !== 'running') return skip(`${name} does not run`);
    if (health === null) return skip(`the image of ${name} declares no HEALTHCHECK`);
    if (health === 'healthy') return pass('healthy');
    if (health === 'starting') return warn('still starting', 'Wait until its health check has passed once.');
    return fail(`unhealthy${healthOutput === '' ? '' : `: ${healthOutput}`}`);
  },
};
