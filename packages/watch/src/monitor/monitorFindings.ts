import type { Finding } from '@sagekeep/contracts';
import { diskFindings } from './disks.ts';
import type { MonitorFacts } from './facts.ts';
import { queueFindings } from './queues.ts';
import { redisFindings } from './redis.ts';
import { targetFindings } from './targets.ts';

/** What the facts of one look mean, beside the quick checks of each database. Pure. */
export function monitorFindings(facts: MonitorFacts): Finding[] {
  return [
    ...facts.disks.flatMap((disk) => diskFindings(disk, facts.now)),
    ...redisFindings(facts.redis),
    ...queueFindings(facts),
    ...targetFindings(facts.databases),
  ];
}
