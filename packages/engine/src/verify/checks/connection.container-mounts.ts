import type { ContainerMount } from '../../docker/index.ts';
import { type Check, pass, skip, warn } from '../check.ts';

const usual = '/var/lib/postgresql/data';
const anonymous = /^[0-9a-f]{64}$/;

export const connectionContainerMounts: Check = {
  id: 'connection.container-mounts',
  title: 'Data outlives the container',
  group: 'connection',
  mode: 'quick',
  asks: 'Does the data folder lie on a named volume or a folder of the host?',
  worst: 'warn',
  expected: 'a named volume or a bind mount',
  advice: 'Put the data folder on a named volume: what lies in the container is gone when it is removed.',
  offline: true,
  run({ container: look }) {
    if (look.kind !== 'found') return skip('the container could not be inspected');
    const { mounts, pgdata } = look.container;
    const folder = pgdata ?? usual;
    const mount =
      mounts.find((one) => holds(one, folder)) ?? mounts.find(({ target }) => /postgres|pgdata/.test(target));
    if (mount === undefined) return warn(`${folder} lies in the container's own layer`);
    if (mount.kind === 'volume' && anonymous.test(mount.source)) {
      return warn(`${mount.target} lies on an anonymous volume`, 'Give the volume a name.');
    }
    return pass(`${mount.target} on ${mount.kind} ${mount.source}`);
  },
};

function holds({ target }: ContainerMount, folder: string): boolean {
  return folder === target || folder.startsWith(`${target.replace(/\/$/, '')}/`);
}
