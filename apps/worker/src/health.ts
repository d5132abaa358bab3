import { hostname } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import type { Log } from '@sagekeep/contracts';
import { createJobs, loadConfiguration } from '@sagekeep/runtime';

/** Redis must have met the queues within this time; a container's health check gives up a little later. */
const withinMs = 8_000;

/**
 * A container's health check: exit code 0 when a worker of this host has a fresh heartbeat in Redis, else 1 with the
 * reason. Containers have a host name of their own, so that each looks at its own worker.
 */
async function main(): Promise<void> {
  const configuration = loadConfiguration({
    environment: process.env,
    cwd: process.cwd(),
    needs: { databases: 'optional' },
  });
  const jobs = createJobs(configuration, nobodyListens());
  try {
    for (const end = performance.now() + withinMs; !jobs.ready() && performance.now() < end; )
      await after(50);
    const own = (await jobs.workers()).filter(({ name }) => name.startsWith(`${hostname()}-`));
    if (own.length === 0) throw new Error(`Redis knows of no living worker on ${hostname()}.`);
    process.stdout.write(`alive: ${own.map(({ name }) => name).join(', ')}\n`);
  } finally {
    await jobs.close();
  }
}

function nobodyListens(): Log {
  const silent = () => undefined;
  return { debug: silent, info: silent, warn: silent, error: silent, child: () => nobodyListens() };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
