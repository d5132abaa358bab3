import { isSagekeepError } from '@sagekeep/contracts';

/** How vector indexes are built: what their memory and shared memory allow. */
export interface Way {
  readonly jobs: number;
  /** For all jobs together, bytes. */
  readonly memoryBytes: number;
  /** Whether one build may use several processes, which share their memory in /dev/shm. */
  readonly parallel: boolean;
}

export interface OtherWay extends Way {
  /** Why the first way did not lead on, for people. */
  readonly line: string;
}

const megabyte = 1024 * 1024;

/** pgvector refuses to build an IVFFlat index in less memory than its lists need, and names the size. */
function neededBytes(message: string): number | null {
  const match = /memory required is (\d+) MB, maintenance_work_mem is \d+ MB/.exec(message);
  return match === null ? null : Number(match[1]) * megabyte;
}

/** What else to try after a build has failed for lack of memory; null when nothing is left. */
export function otherWay(error: unknown, way: Way, memoryLimitBytes: number): OtherWay | null {
  if (!isSagekeepError(error)) return null;
  if (way.parallel && /could not resize shared memory segment/.test(error.message)) {
    const line = 'Shared memory is too small for parallel index builds: each is built by one process.';
    return { ...way, parallel: false, line };
  }
  const needed = neededBytes(error.message);
  const most = way.jobs === 1 && way.memoryBytes >= memoryLimitBytes;
  if (needed === null || most || needed > memoryLimitBytes) return null;
  const line = `An index needs ${needed / megabyte} MB of memory: indexes are built one after the other, each with all that a restore may use.`;
  return { ...way, jobs: 1, memoryBytes: memoryLimitBytes, line };
}
