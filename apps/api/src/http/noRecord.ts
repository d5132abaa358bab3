import { SagekeepError } from '@sagekeep/contracts';
import type { RecordKind, Vault } from '@sagekeep/storage';

/** What to say of a record that was not found: `unknown`, unless there is one that is damaged. */
export async function noRecord(
  { records }: Vault,
  { kind, id }: { readonly kind: RecordKind; readonly id: string },
  unknown: SagekeepError,
): Promise<SagekeepError> {
  if (!(await records.isDamaged(kind, id))) return unknown;
  return new SagekeepError('STORAGE_FAILED', `what is on record under "${id}" is damaged`, {
    advice: `its file is in records/${kind} below the storage: put it back from a copy, or remove it`,
    facts: { kind, id },
  });
}
