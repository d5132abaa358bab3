import { jobDigest } from '../lock/names.ts';

/** The id of a verification's observation: such ids sort by time, and `databaseOfVerification` reads them. */
export function verificationId(database: string, jobId: string, at: Date): string {
  return `${timeStamp(at)}-verification-${database}-${jobDigest(jobId)}`;
}

/** What such an id begins with: the second, sorting as it reads. */
export function timeStamp(at: Date): string {
  return at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
}
