import { type Check, fail, pass, skip, warn } from '../check.ts';

export const connectionContainer: Check = {
  id: 'connection.container',
  title: 'Container runs',
  group: 'connection',
  mode: 'quick',
  asks: 'Is there exactly one container of the configured name or label, and does it run?',
  worst: 'fail',
  expected: 'found and running',
  advice: 'Start the container, or correct `container` in the configuration.',
  offline: true,
  run({ container: look }) {
    if (look.kind === 'absent') return skip(look.text);
    if (look.kind === 'missing' || look.kind === 'ambiguous') return fail(look.text);
    if (look.kind === 'denied') {
      return warn(
        look.text,
        'Give this process access to Docker, or remove `container` from the configuration.',
      );
    }
    if (look.kind === 'silent') return warn(look.text, 'Look after the Docker daemon: docker info');
    const { name, state, image, exitCode, oomKilled } = look.container;
    if (state === 'running') return pass(`${name} is running (${image})`);
    const code = exitCode === null ? '' : `, exit code ${exitCode}`;
    return fail(
      `${name} is ${state}${code}${oomKilled ? ', killed for lack of memory' : ''}`,
      `docker logs --tail 50 ${name}; docker start ${name}`,
    );
  },
};
