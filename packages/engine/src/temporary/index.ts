export { openPrivateFolder, type PrivateFolder, sweepPrivateFolders } from './privateFolder.ts';
