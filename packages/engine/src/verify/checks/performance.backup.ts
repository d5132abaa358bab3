import { isGoodRegular } from '@sagekeep/storage';
import { type Check, fail, pass } from '../check.ts';

export const performanceBackup: Check = {
  id: 'performance.backup',
  title: 'Backup is fresh',
  group: 'performance',
  mode: 'quick',
  asks: 'Is the newest backup younger than the RPO? Safety backups, and those that are known to be damaged, do not count.',
  worst: 'fail',
  expected: 'younger than the RPO',
  advice:
    'Make one: sagekeep backup DATABASE; look at why the schedule did not: sagekeep jobs --queue backup',
  offline: true,
  async run({ backups, database, now }) {
    const all = await backups();
    const newest = all.find(isGoodRegular)?.manifest;
    if (newest === undefined)
      return fail(all.length === 0 ? 'no backup' : 'no backup that is whole, safety backups aside');
    const hours = (now.getTime() - Date.parse(newest.snapshotAt)) / 3_600_000;
    const text = `${newest.id}, ${hours.toFixed(1)} h old, target ${(database.rpoMs / 3_600_000).toFixed(1)} h`;
    return hours * 3_600_000 > database.rpoMs ? fail(text) : pass(text);
  },
};
