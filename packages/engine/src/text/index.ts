export { counted } from './counted.ts';
export { some } from './some.ts';
