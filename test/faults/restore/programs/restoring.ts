/**
 * One attempt at a restore, or at a proof, in a process of its own. Says `at <border>` at each border and waits there for SIGUSR2 when
 * the border is the one it was told to stop at. Ends with `done <state or result>` or `failed <code>`.
 */
import { once } from 'node:events';
import type { JobContext, Log } from '@sagekeep/contracts';
import { createEngine } from '@sagekeep/engine';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { configOf, restorePayload } from '../../../integration/restore/values.ts';

const {
  URL_OF_DATABASE: url = '',
  FOLDER: folder = '',
  BACKUP: backup = '',
  JOB: jobId = '',
  STOP_AT: stopAt = '',
} = process.env;
const proves = process.env['PROVES'] === 'yes';
const inPlace = process.env['IN_PLACE'] === 'yes';
const attempt = Number(process.env['ATTEMPT'] ?? '1');

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const now = () => new Date();
const engine = createEngine({
  vault: createVault({ storage: createFolderStorage({ folder }), now }),
  databases: [configOf('sage', url)],
  servers: [],
  log: silent,
  killGraceMs: 1000,
  restorePatienceMs: 60_000,
  dockerHost: null,
  toolVersion: 'test',
  now,
});

const context: JobContext = {
  jobId,
  attempt,
  actor: 'tester',
  signal: new AbortController().signal,
  log: () => undefined,
  progress: () => undefined,
  async border(name) {
    // Listened for before the border is told: a signal that nobody listens for ends the process.
    const goOn = name === stopAt ? Promise.race([once(process, 'SIGUSR2'), keepAlive()]) : null;
    console.log(`at ${name}`);
    await goOn;
  },
};

/** A pending timer keeps the process alive while it waits. */
function keepAlive(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 1000));
}

async function restoreIt(): Promise<string> {
  return (await engine.restore(restorePayload({ backup, inPlace }), context)).record.state;
}

async function proveIt(): Promise<string> {
  return (await engine.prove({ backup, drill: false, by: 'tester' }, context)).result;
}

try {
  console.log(`done ${proves ? await proveIt() : await restoreIt()}`);
  process.exit(0);
} catch (error) {
  console.log(`failed ${(error as { code?: string }).code ?? String(error)}`);
  process.exit(1);
}
