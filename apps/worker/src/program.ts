import { isSagekeepError } from '@sagekeep/contracts';
import { createEngine } from '@sagekeep/engine';
import {
  addDelivery,
  createJobs,
  createLogger,
  createSchedules,
  createWorkers,
  keepSchedules,
  loadConfiguration,
  stopOnSignals,
} from '@sagekeep/runtime';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { createWatch } from '@sagekeep/watch';
import manifest from '../package.json' with { type: 'json' };
import { askChannels } from './askChannels.ts';
import { atMost } from './atMost.ts';
import { followContainers } from './containers/followContainers.ts';
import { hooksOf } from './hooks.ts';
import { createLabelled } from './labels/createLabelled.ts';
import { createRegistry } from './registry.ts';
import { runRecords, scheduleRecords } from './scheduleRecords.ts';
import { tendWatch } from './tendWatch.ts';

async function main(): Promise<void> {
  const loaded = loadConfiguration({ environment: process.env, cwd: process.cwd() });
  // Grows by the passwords of labelled containers: whoever has the list removes them, too.
  const secrets = [...loaded.secrets];
  const configuration = { ...loaded, secrets };
  const logger = createLogger({ configuration, process: 'worker' });
  const { log } = logger;
  process.on('uncaughtExceptionMonitor', (error) => log.error({ err: error }, 'the worker dies of a fault'));
  const now = () => new Date();
  const vault = createVault({ storage: createFolderStorage({ folder: configuration.storage.folder }), now });
  const jobs = createJobs(configuration, log);
  const labelled = createLabelled({
    configuration,
    vault,
    jobs,
    log,
    learn: (more) => secrets.push(...more.filter((secret) => !secrets.includes(secret))),
    now,
  });
  const engine = createEngine({
    vault,
    databases: configuration.databases,
    known: labelled.all,
    servers: configuration.servers,
    log,
    killGraceMs: configuration.queues.killGraceMs,
    restorePatienceMs: configuration.restore.patienceMs,
    dockerHost: configuration.docker.host,
    toolVersion: manifest.version,
    now,
  });
  const watch = createWatch({
    vault,
    databases: labelled.all,
    known: labelled.known,
    alerts: configuration.alerts,
    now,
    enqueue: (payload, key) => addDelivery(jobs, payload, key),
    story: async (job) => (await jobs.get('backup', job)).log.join('\n'),
  });
  const containers = followContainers({ configuration, labelled, watch, log });
  const databases = labelled.all;
  const dependencies = { databases, engine, jobs, vault, watch, containers, log, now };
  await labelled.asked;
  const workers = createWorkers({
    configuration,
    log,
    registry: createRegistry(dependencies),
    hooks: hooksOf(watch),
  });
  const [records, runs] = [scheduleRecords(vault), runRecords(vault)];
  const schedules = createSchedules({
    ...{ configuration, databases: labelled.known, jobs, records, runs, log, now },
  });
  const kept = keepSchedules({ schedules, jobs, log });
  const asked = askChannels({ watch, log });
  const stopTending = tendWatch({ watch, jobs, log });
  stopOnSignals(
    async (signal) => {
      log.info({ signal }, 'told to stop');
      kept.stop();
      await workers.stop();
      await Promise.all([atMost(3_000, asked), stopTending()]);
      await containers?.stop();
      await atMost(3_000, labelled.stop());
      await jobs.close();
      await logger.close();
    },
    () => void workers.stop({ now: true }),
  );
  await workers.ready();
  log.info({ worker: workers.name, pid: process.pid }, 'the worker is ready');
}

main().catch((error: unknown) => {
  const text = isSagekeepError(error) ? `${error.message}\n${error.advice ?? ''}` : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
