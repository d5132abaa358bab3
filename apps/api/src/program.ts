import { isSagekeepError } from '@sagekeep/contracts';
import { createJobs, createLogger, loadConfiguration, stopOnSignals } from '@sagekeep/runtime';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import manifest from '../package.json' with { type: 'json' };
import { createApp } from './app.ts';

/** How long open requests may go on after a signal, ms. Event streams end at once. */
const closeGraceMs = 10_000;

async function start(): Promise<void> {
  const configuration = loadConfiguration({
    environment: process.env,
    cwd: process.cwd(),
    needs: { databases: 'names' },
  });
  const logger = createLogger({ configuration, process: 'api' });
  const { log } = logger;
  const now = () => new Date();
  const vault = createVault({ storage: createFolderStorage({ folder: configuration.storage.folder }), now });
  const jobs = createJobs(configuration, log);
  const app = await createApp({ configuration, jobs, vault, log, now, toolVersion: manifest.version });

  const endConnections = () => app.server.closeAllConnections();
  stopOnSignals(async (signal) => {
    log.info({ signal }, 'told to stop');
    const force = setTimeout(endConnections, closeGraceMs);
    await app.close();
    clearTimeout(force);
    await jobs.close();
    log.info({}, 'closed');
    await logger.close();
  }, endConnections);

  const { host, port } = configuration.http;
  const address = await app.listen({ host, port });
  log.info({ address }, 'listening');
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`sagekeep api: ${message}\n`);
  if (isSagekeepError(error) && error.advice !== undefined) process.stderr.write(`  ${error.advice}\n`);
  process.exitCode = 1;
}

start().catch(fail);
