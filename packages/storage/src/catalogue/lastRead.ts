import type { Backup } from '@sagekeep/contracts';

/** When every file of a backup was last found to be what the manifest says: at its making, by a proof, or by a scrub. */
export function lastRead({ manifest, marks: { proof, scrub } }: Backup): Date {
  const times = [manifest.finishedAt, ...(scrub === null ? [] : [scrub.at])];
  if (proof !== null && proof.result !== 'failed') times.push(proof.at);
  return new Date(Math.max(...times.map((time) => Date.parse(time))));
}
