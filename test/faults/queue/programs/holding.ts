import { createWorkers, loadConfiguration, stopOnSignals } from '@sagekeep/runtime';
import { createTrace, quiet, registryOf, runChild } from '../harness.ts';

/** A worker whose monitor job holds a child process until it is aborted; tells what happens on stdout. */
const trace = createTrace();
const workers = createWorkers({
  configuration: loadConfiguration({ environment: process.env, cwd: '/' }),
  log: quiet,
  registry: registryOf({
    monitor: (_payload, context) =>
      runChild(context, {
        ...trace,
        add: (event) => {
          trace.add(event);
          process.stdout.write(`${event}\n`);
        },
      }),
  }),
});
stopOnSignals(
  () => workers.stop(),
  () => void workers.stop({ now: true }),
);
await workers.ready();
process.stdout.write('ready\n');
