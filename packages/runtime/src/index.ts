export * from './configuration/index.ts';
export * from './jobs.ts';
export * from './logger/index.ts';
export * from './queues/index.ts';
