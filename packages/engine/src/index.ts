export { createEngine } from './createEngine.ts';
export { type ContainerEvent, followContainerEvents } from './docker/index.ts';
export * from './engine.ts';
export { restoreResult } from './restore/restoreResult.ts';
