export { backupReport } from './backupReport.ts';
export { lastCleanup } from './lastCleanup.ts';
export { lateFacts } from './lateFacts.ts';
