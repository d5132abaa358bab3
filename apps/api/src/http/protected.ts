import { type Backup, SagekeepError } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';

/** Throws `BACKUP_PROTECTED` for what must not be deleted. The job asks again when it runs: things may have changed. */
export async function assertDeletable(vault: Vault, { manifest, marks }: Backup): Promise<void> {
  if (marks.hold !== null) {
    const reason = `${manifest.id} is held by ${marks.hold.by}: ${marks.hold.reason}`;
    throw new SagekeepError('BACKUP_PROTECTED', reason, {
      advice: `release it first: DELETE /v1/backups/${manifest.id}/hold`,
    });
  }
  const newest = await vault.catalogue.newestProven(manifest.database);
  if (newest?.manifest.id !== manifest.id) return;
  throw new SagekeepError(
    'BACKUP_PROTECTED',
    `${manifest.id} is the newest proven backup of ${manifest.database}`,
    {
      advice: 'make and prove another backup first',
    },
  );
}
