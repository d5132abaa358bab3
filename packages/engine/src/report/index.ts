export { backupReport } from './backupReport.ts';
export { keepLastCleanup, lastCleanup } from './lastCleanup.ts';
export { lateFacts } from './lateFacts.ts';
