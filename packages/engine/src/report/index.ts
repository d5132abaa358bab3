export { backupReport } from './backupReport.ts';
