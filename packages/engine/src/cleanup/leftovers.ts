import type { CleanupAction } from '@sagekeep/contracts';
import type { Leftover, Vault } from '@sagekeep/storage';

/** A piece of work for cleanup: what the plan says, and how it is done. `remove` returns freed bytes. */
export interface Removal {
  readonly action: CleanupAction;
  remove(): Promise<number>;
}

/** Living attempts are touched every minute; one that was not for so long is dead or will find itself swept. */
const idleMs = 60 * 60 * 1000;

/** Entries of the trash, and attempts that nobody works on: they never were backups, or are none any more. */
export async function findLeftovers(vault: Vault, now: Date, database?: string): Promise<Removal[]> {
  const wanted = (item: { database: string }) => database === undefined || item.database === database;
  const trash = (await vault.trash.list()).filter(wanted).map(
    ({ key, id, ...entry }): Removal => ({
      action: {
        subject: 'trash',
        backup: id,
        ...entry,
        action: 'delete',
        reason: 'its deletion was begun before',
      },
      remove: () => vault.trash.empty(key),
    }),
  );
  const attempts = (await vault.attempts.leftovers(idleMs, now)).filter(wanted).map(
    (leftover): Removal => ({
      action: {
        subject: 'attempt',
        backup: leftover.id,
        database: leftover.database,
        bytes: leftover.bytes,
        action: 'delete',
        reason: whyDead(leftover),
      },
      remove: async () => vault.trash.empty(await vault.attempts.sweep(leftover)),
    }),
  );
  return [...trash, ...attempts];
}

function whyDead({ ownerDead, touchedAt }: Leftover): string {
  return ownerDead
    ? 'the process that wrote it is dead'
    : `nobody has worked on it since ${touchedAt.toISOString()}`;
}
