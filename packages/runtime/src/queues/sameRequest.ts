import { createHash } from 'node:crypto';
import { BackupPayload, type Configuration, type Format, type JobName } from '@sagekeep/contracts';

/**
 * A backup that asks for the same: database, formats, label and hold. Equal texts for equal requests. `configured` are the
 * formats of a request that names none; null where they are not known here, as of a database that was found.
 */
export function sameBackup(payload: BackupPayload, configured: readonly Format[] | null): string {
  const wanted = payload.formats ?? configured;
  const formats = wanted === null ? null : [...new Set(wanted)].sort();
  return digest([payload.database, formats, payload.label ?? null, payload.hold ?? null]);
}

/** The same of what a job holds; null when that is no backup's payload. */
export function sameBackupIn(
  data: unknown,
  formats: (database: string) => readonly Format[] | null,
): string | null {
  const payload = BackupPayload.safeParse(data);
  return payload.success ? sameBackup(payload.data, formats(payload.data.database)) : null;
}

/** What a backup that names no formats is made of; null when the configuration does not name the database. */
export function configuredFormats(
  { databases }: Pick<Configuration, 'databases'>,
  database: string,
): readonly Format[] | null {
  return databases.find(({ name }) => name === database)?.formats ?? null;
}

/** The id of the job that belongs to a caller's Idempotency-Key. */
export function keyedJobId(name: JobName, by: string, idempotencyKey: string): string {
  return `${name}-${digest([name, by, idempotencyKey])}`;
}

/** Equal texts for equal payloads that were checked, whether they went through Redis or not. */
export function contentOf(payload: unknown): string {
  return digest(payload);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
