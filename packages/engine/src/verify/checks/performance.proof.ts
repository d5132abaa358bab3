import { isRegular } from '@sagekeep/storage';
import { type Check, fail, pass, skip, warn } from '../check.ts';

export const performanceProof: Check = {
  id: 'performance.proof',
  title: 'Proof is fresh',
  group: 'performance',
  mode: 'quick',
  asks: 'Is the newest proven backup younger than the RPO, and did the proof of the newest backup succeed?',
  worst: 'fail',
  expected: 'proven, and younger than the RPO',
  advice: 'Prove the newest backup: sagekeep prove ID',
  offline: true,
  async run({ backups, newestProven, database, now }) {
    const newest = (await backups()).find(isRegular);
    if (newest === undefined) return skip('there is no backup to prove');
    if (newest.marks.proof?.result === 'failed') {
      return fail(
        `the proof of ${newest.manifest.id} failed: ${newest.marks.proof.error ?? 'its content differs'}`,
      );
    }
    const proven = await newestProven();
    if (database.proof.when === 'never')
      return proven === null
        ? skip('proofs are switched off (proof.when)')
        : pass(`${proven.manifest.id}; proofs are switched off`);
    if (proven === null) return warn('no backup is proven');
    const age = now.getTime() - Date.parse(proven.manifest.snapshotAt);
    const text = `${proven.manifest.id}, ${(age / 3_600_000).toFixed(1)} h old`;
    return age > database.rpoMs ? fail(text) : pass(text);
  },
};
