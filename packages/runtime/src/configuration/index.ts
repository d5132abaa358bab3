export { type LoadOptions, loadConfiguration } from './load.ts';
export { formsOf } from './secrets.ts';
