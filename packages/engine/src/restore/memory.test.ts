import { expect, it } from 'vitest';
import { buildMemory } from './memory.ts';

const mb = 1024 * 1024;
const limits = (memory: number | null, shm: number) => ({
  memoryBytes: memory === null ? null : memory * mb,
  shmBytes: shm * mb,
});

it.each([
  ['nobody says anything', null, null, 256, false, true],
  ['it is configured', 1024, null, 1024, false, true],
  ['it is configured, and /dev/shm is Docker’s 64 MB', 1024, limits(4096, 64), 1024, false, false],
  ['the container has 4 GB, and /dev/shm enough', null, limits(4096, 1024), 1024, true, true],
  ['the container has 2 GB, and /dev/shm is too small', null, limits(2048, 64), 512, false, false],
  ['the container is tiny', null, limits(128, 64), 64, true, true],
  ['the container has no limit', null, limits(null, 64), 256, false, false],
])('the memory of index builds when %s', (_when, configured, container, memory, parallel, tryParallel) => {
  const configuredBytes = configured === null ? null : configured * mb;
  expect(buildMemory(configuredBytes, container)).toEqual({
    memoryBytes: memory * mb,
    parallel,
    tryParallel,
  });
});
