export { createEngine } from './createEngine.ts';
export * from './engine.ts';
