export { backupToProve } from './backupToProve.ts';
export { prove } from './prove.ts';
export { scrub } from './scrub.ts';
