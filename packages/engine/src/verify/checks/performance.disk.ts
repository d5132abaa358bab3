import { gigabytes } from '../../server/index.ts';
import { type Check, fail, pass, skip, warn } from '../check.ts';

/** Shares of the disk, as the monitor's own of the storage. */
const limits = { warn: 0.8, fail: 0.9 } as const;

export const performanceDisk: Check = {
  id: 'performance.disk',
  title: "Room on the server's disk",
  group: 'performance',
  mode: 'quick',
  asks: 'How full is the disk where the database lies?',
  worst: 'fail',
  expected: 'below 80 %',
  advice:
    'Give the server a larger disk, or free some of it: a full one stops every write. "sagekeep status" names kept databases.',
  async run(probe) {
    const disk = await probe.disk();
    if (disk === null)
      return skip(
        'nobody here can tell',
        'It is told to a member of pg_read_server_files where the data folder lies here under the same path (mount it read-only), and with run: container.',
      );
    const { freeBytes, totalBytes } = disk;
    const used = 1 - freeBytes / totalBytes;
    const text = `${(used * 100).toFixed(1)} % used, ${gigabytes(freeBytes)} free`;
    const measures = { freeBytes, totalBytes };
    if (used >= limits.fail) return { ...fail(text), measures };
    return { ...(used >= limits.warn ? warn(text) : pass(text)), measures };
  },
};
