import type { Finding } from '@sagekeep/contracts';
import { storageLimits } from '../status/systemLines.ts';
import { byteSize, percent } from '../text/units.ts';
import type { DiskFacts } from './facts.ts';
import { seen } from './finding.ts';
import { hoursUntilFull } from './forecast.ts';

/** Hours of room below which somebody should know, and must act. */
const room = { warn: 72, fail: 24 } as const;

/** How full a server's disk is its check `performance.disk` says. */
export function diskFindings(disk: DiskFacts, now: Date): Finding[] {
  return disk.database === null ? [fullness(disk), forecast(disk, now)] : [forecast(disk, now)];
}

const advice =
  'sagekeep cleanup --dry-run shows what retention and kept databases would free; else give it a larger disk';

function fullness({ location, freeBytes, totalBytes }: DiskFacts): Finding {
  const used = totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes;
  return seen({
    id: 'disk.storage',
    title: 'Room for backups',
    status: used >= storageLimits.fail ? 'fail' : used >= storageLimits.warn ? 'warn' : 'pass',
    value: `${percent(used)} used, ${byteSize(freeBytes)} free (${location})`,
    expected: `below ${percent(storageLimits.warn)}`,
    advice,
  });
}

function forecast({ database, location, freeBytes, history }: DiskFacts, now: Date): Finding {
  const hours = hoursUntilFull([...history, { at: now, freeBytes }]);
  return seen({
    id: `disk.${database === null ? 'storage' : 'data'}-forecast`,
    title:
      database === null
        ? 'Time until the storage is full'
        : `${database}: Time until the server's disk is full`,
    status: hours === null || hours >= room.warn ? 'pass' : hours < room.fail ? 'fail' : 'warn',
    value:
      hours === null
        ? `no trend towards full (${location})`
        : `about ${Math.floor(hours)} h at the present rate (${location})`,
    expected: `more than ${room.warn} h`,
    advice,
  });
}
