import { createHash } from 'node:crypto';
import type { CleanupAction } from '@sagekeep/contracts';

/**
 * Names a plan by what it would delete of backups. Order, reasons and leftovers do not matter: the same hash means that
 * the same backups would go.
 */
export function planHashOf(plan: readonly CleanupAction[]): string {
  const lines = plan
    .filter(({ action, subject }) => action === 'delete' && (subject === 'backup' || subject === 'duplicate'))
    .map(({ subject, database, backup }) => JSON.stringify([subject, database, backup]))
    .sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
