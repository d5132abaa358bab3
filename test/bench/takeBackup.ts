import { rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { DatabaseConfig, JobContext, Log } from '@sagekeep/contracts';
import { createEngine } from '@sagekeep/engine';
import { createFolderStorage, createVault } from '@sagekeep/storage';

/**
 * One backup in a process of its own, so that its memory can be told: `node takeBackup.ts <database url> <folder>`.
 * Prints `{ms, phases, peakBytes, backup}` as JSON.
 */
const [, , url = '', folder = ''] = process.argv;

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

const database: DatabaseConfig = {
  name: 'bench',
  url,
  container: null,
  formats: ['custom', 'sql'],
  rpoMs: 0,
  rtoMs: 0,
  proof: { when: 'never', where: 'own', vectorIndexes: true },
  retention: {
    keepDays: 1,
    keepLast: 1,
    keepDaily: 0,
    keepWeekly: 0,
    keepMonthly: 0,
    keepYearly: 0,
    safetyDays: 1,
    maxBytes: null,
    maxDeleteShare: 1,
  },
  expect: { schema: null, references: [], coverage: [90, 70] },
  keepBeforeMs: 0,
  restoreMemoryBytes: 1 << 30,
};

const context: JobContext = {
  jobId: `bench-${process.pid}`,
  attempt: 1,
  actor: 'bench',
  signal: new AbortController().signal,
  log() {},
  progress() {},
  border: () => Promise.resolve(),
};

const vault = createVault({ storage: createFolderStorage({ folder }), now: () => new Date() });
const engine = createEngine({
  vault,
  databases: [database],
  servers: [],
  log: silent,
  killGraceMs: 5000,
  dockerHost: null,
  toolVersion: 'bench',
  now: () => new Date(),
});
const started = performance.now();
const { manifest } = await engine.backup({ database: 'bench', reason: 'manual', by: 'bench' }, context);
const ms = performance.now() - started;
await rm(`${folder}/bench`, { recursive: true, force: true });
console.log(
  JSON.stringify({
    ms,
    phases: manifest.timings,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    backup: manifest.id,
  }),
);
