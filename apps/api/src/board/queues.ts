import type { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { QueueName, type Role } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import { createBoardAdapter } from './adapter.ts';

const descriptions: Readonly<Record<QueueName, string>> = {
  backup: 'backups of databases',
  restore: 'plans, restores and undos: started and repeated with a confirmation, so not from this page',
  verify: 'checks of live databases, proofs and scrubs of backups',
  cleanup: 'retention and leftovers',
  monitor: 'hourly look at everything',
  alert: 'delivery of alerts',
};

/**
 * All queues for a role. Viewers change nothing. Nobody repeats a restore from the page: that takes a confirmation,
 * and what was confirmed once may mean something else by now.
 */
export function boardQueues(jobs: Jobs, role: Role): BullMQAdapter[] {
  return QueueName.options.map((name) =>
    createBoardAdapter({
      jobs,
      name,
      description: descriptions[name],
      readOnly: role === 'viewer' || name === 'restore',
    }),
  );
}
