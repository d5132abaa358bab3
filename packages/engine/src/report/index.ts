export { backupReport } from './backupReport.ts';
export { lateFacts } from './lateFacts.ts';
