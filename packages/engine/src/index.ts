export { createEngine } from './createEngine.ts';
export {
  type ContainerEvent,
  findLabelled,
  followContainerEvents,
  type LabelledAnswer,
} from './docker/index.ts';
export * from './engine.ts';
export { restoreResult } from './restore/restoreResult.ts';
