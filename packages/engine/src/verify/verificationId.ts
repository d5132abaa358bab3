import { jobDigest } from '../lock/names.ts';

/** The id of a verification's observation: such ids sort by time. */
export function verificationId(database: string, jobId: string, at: Date): string {
  return `${timeStamp(at)}-verification-${database}-${jobDigest(jobId)}`;
}

/** What such an id begins with: the second, sorting as it reads. */
export function timeStamp(at: Date): string {
  return at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
}

/** Tells ids of the verifications of one database from all others. */
export function isVerificationOf(database: string): (id: string) => boolean {
  const middle = `-verification-${database}-`;
  return (id) => {
    const rest = id.slice(id.indexOf('-'));
    return rest.startsWith(middle) && !rest.slice(middle.length).includes('-');
  };
}
