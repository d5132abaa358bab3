/** From this version on every output begins with a setting (transaction_timeout) that older servers do not know. */
export const settingMore = 17;

/** Whether a server may take what client tools of a version write; false where it is known to stop at the first line. */
export function mayLoad(writtenBy: number, serverMajor: number): boolean {
  return serverMajor >= settingMore || !(writtenBy >= settingMore);
}
