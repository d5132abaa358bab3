export { prove } from './prove.ts';
export { scrub } from './scrub.ts';
