import { type CleanupAction, type CleanupPayload, SagekeepError } from '@sagekeep/contracts';
import { bytesBelow, databaseOfId } from '@sagekeep/storage';
import type { EngineDependencies, InFlight } from '../engine.ts';
import { requireBackupOf } from '../restore/source.ts';

/**
 * The plan to delete exactly one backup, because a person said so; damaged ones too. Throws `UNKNOWN_BACKUP`, and
 * `BACKUP_PROTECTED` for the newest proven backup, and for one that is held, being read, or about to be.
 */
export async function planExplicit(
  { vault, now }: Pick<EngineDependencies, 'vault' | 'now'>,
  payload: CleanupPayload & { readonly backup: string },
  inFlight: InFlight,
): Promise<CleanupAction> {
  const id = payload.backup;
  const database = databaseOfId(id);
  if (database === null) throw unknown(id);
  requireBackupOf(id, payload.database);
  const { backups, damaged } = await vault.catalogue.list({ database });
  const backup = backups.find(({ manifest }) => manifest.id === id);
  if (backup === undefined && !damaged.some((item) => item.id === id)) throw unknown(id);
  const newestProven = await vault.catalogue.newestProven(database);
  if (newestProven?.manifest.id === id) throw isProtected(id, 'it is the newest proven backup');
  const hold = backup?.marks.hold ?? null;
  if (hold !== null) throw isProtected(id, `it is held by ${hold.by}: ${hold.reason}`);
  if (inFlight.backups.includes(id)) throw isProtected(id, 'a queued or running job will read it');
  const pins = await vault.pins.held(id, now());
  if (pins.length > 0)
    throw isProtected(id, `it is being read by ${pins.map(({ owner }) => owner).join(', ')}`);
  return {
    subject: 'backup',
    backup: id,
    database,
    action: 'delete',
    reason: `asked for by ${payload.by}`,
    bytes: await bytesBelow(vault.storage, `${database}/${id}`),
  };
}

function isProtected(id: string, why: string): SagekeepError {
  return new SagekeepError('BACKUP_PROTECTED', `The backup ${id} is not deleted: ${why}.`, {
    advice: 'Make and prove a newer one, take the hold back, or wait for the reader.',
    facts: { backup: id },
  });
}

function unknown(id: string): SagekeepError {
  return new SagekeepError('UNKNOWN_BACKUP', `There is no backup ${JSON.stringify(id)}.`, {
    advice: 'List the backups with `sagekeep list`.',
    facts: { backup: id },
  });
}
