export { type Border, createBorder } from './borders.ts';
export { createWorkers, type Workers, type WorkersOptions } from './createWorkers.ts';
export type { HookedJob, JobHooks } from './hooks.ts';
export { workerNodeOptions } from './nodeOptions.ts';
export type { JobHandler, JobRegistry } from './registry.ts';
