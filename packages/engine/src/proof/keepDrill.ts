import type { Manifest, Proof } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';

/** Keeps what a proof says about the time to be back; nothing where it failed or built less than a restore does. */
export async function keepDrill(
  { records }: Pick<Vault, 'records'>,
  { id, database, databaseBytes }: Manifest,
  { at, durationMs, result, vectorIndexes }: Proof,
): Promise<void> {
  if (result === 'failed' || !vectorIndexes) return;
  await records.put('drills', database, {
    version: 1,
    id: database,
    database,
    backup: id,
    at,
    durationMs,
    databaseBytes,
  });
}
