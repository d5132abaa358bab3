import { type Backup, type ProvePayload, SagekeepError } from '@sagekeep/contracts';
import { isRegular } from '@sagekeep/storage';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { backupById, requireBackupOf } from '../restore/source.ts';

/**
 * The backup to prove; `latest` is the newest one, proven or not. Throws `UNKNOWN_BACKUP`, or `INVALID_INPUT` for a backup of
 * another database than the payload's.
 */
export async function backupToProve(
  deps: Pick<RestoreDependencies, 'vault'>,
  payload: ProvePayload,
): Promise<Backup> {
  if (payload.backup !== 'latest') {
    requireBackupOf(payload.backup, payload.database);
    return backupById(deps.vault, payload.backup);
  }
  const filter = payload.database === undefined ? {} : { database: payload.database };
  const { backups } = await deps.vault.catalogue.list(filter);
  // A safety or closing backup may hold what the live database no longer does.
  const newest = backups.find(isRegular) ?? backups[0];
  if (newest !== undefined) return backupById(deps.vault, newest.manifest.id);
  throw new SagekeepError('UNKNOWN_BACKUP', 'There is no backup to prove.', {
    advice: 'Make one: sagekeep backup.',
  });
}
