import { createWorkers, loadConfiguration } from '@sagekeep/runtime';
import { quiet, registryOf } from '../harness.ts';

/** A worker whose monitor job takes it down each time, as a process that the kernel kills for its memory. */
const workers = createWorkers({
  configuration: loadConfiguration({ environment: process.env, cwd: '/' }),
  log: quiet,
  registry: registryOf({
    monitor: () => {
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    },
  }),
});
await workers.ready();
process.stdout.write('ready\n');
