import { expect, it } from 'vitest';
import { oldLines } from './monitoring.ts';

it('finds the lines of the old scripts that still stand in a crontab', () => {
  const crontab = [
    '# 0 2 * * * /opt/sage/scripts/backup.sh',
    '0 2 * * * /opt/sage/scripts/backup.sh >> /var/log/sage.log 2>&1',
    '0 * * * * cd "/opt/sage" && ./scripts/verify_data.sh --quick',
    '*/5 * * * * /usr/bin/true',
  ];
  expect(oldLines(crontab.join('\n'))).toEqual([crontab[1], crontab[2]]);
});
