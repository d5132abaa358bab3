import type { JobContext, Log } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { createEngine } from '../../../packages/engine/src/createEngine.ts';
import { exampleProof } from '../../../packages/storage/src/testing/manifest.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { configOf, vaultIn } from './harness.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const context: JobContext = {
  jobId: 'backup-before',
  attempt: 1,
  actor: 'tester',
  signal: new AbortController().signal,
  log() {},
  progress() {},
  border: () => Promise.resolve(),
};

/** A vault that holds one backup of the database, marked as proven unless told otherwise. */
export async function provenBackup(
  url: string,
  { proven = true } = {},
): Promise<{ vault: Vault } & Disposable> {
  const folder = temporaryFolder();
  const vault = vaultIn(folder.path);
  const engine = createEngine({
    vault,
    databases: [configOf(url)],
    servers: [],
    log: silent,
    killGraceMs: 1000,
    restorePatienceMs: 60_000,
    dockerHost: null,
    toolVersion: '0.0.0-test',
    now: () => new Date(),
  });
  const { manifest } = await engine.backup({ database: 'sage', reason: 'manual', by: 'tester' }, context);
  if (proven) await vault.catalogue.mark(manifest.id, exampleProof({ at: new Date().toISOString() }));
  return { vault, [Symbol.dispose]: () => folder.remove() };
}
