export * from './configuration/index.ts';
export * from './jobs.ts';
export * from './logger/index.ts';
export * from './queues/index.ts';
export * from './schedules/index.ts';
export { stopOnSignals } from './shutdown.ts';
export * from './worker/index.ts';
