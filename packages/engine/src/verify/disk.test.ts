import { expect, it } from 'vitest';
import { performanceDisk } from './checks/performance.disk.ts';
import type { Probe } from './probe.ts';

const full = (share: number) => ({ freeBytes: 1e12 * (1 - share), totalBytes: 1e12 });
const run = (disk: Awaited<ReturnType<Probe['disk']>>) =>
  performanceDisk.run({ disk: () => Promise.resolve(disk) } as unknown as Probe);

it.each([
  [0.79, 'pass'],
  [0.8, 'warn'],
  [0.9, 'fail'],
])('a disk that is full by %s is %s, and is measured', async (share, status) => {
  expect(await run(full(share))).toMatchObject({ status, measures: full(share) });
});

it('a disk that nobody can see is skipped, with what would show it', async () => {
  expect(await run(null)).toMatchObject({
    status: 'skip',
    advice: expect.stringContaining('pg_read_server_files'),
  });
});
