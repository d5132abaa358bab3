import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Five projects: `unit` needs nothing, the next three need the servers that `npm test` provides, `docker` an engine. */
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,packages}/**/src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          // Most of the time went into importing the same modules for every file; none of these tests changes one.
          isolate: false,
          setupFiles: ['test/support/propertySeed.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/globalServers.ts'],
          // Each has a PostgreSQL of its own. One core is left to the servers; two wait more than they work.
          maxWorkers: Math.max(2, Math.min(4, availableParallelism() - 1)),
          // Vitest runs no projects at once that differ in that.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/globalServers.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/support/globalServers.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: ['test/docker/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
