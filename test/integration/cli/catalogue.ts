import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { BackupFile, type Manifest } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { testBackup } from '../../../apps/cli/src/testing/backup.ts';

/** Publishes a whole backup of `sage` with one small file; returns its id. */
export async function publishBackup(
  vault: Vault,
  given: Partial<Manifest> = {},
  at = new Date(),
): Promise<string> {
  const { jobId = crypto.randomUUID() } = given;
  const attempt = await vault.attempts.begin('sage', at, { jobId, attempt: 1 });
  const content = Buffer.from('PGDMP, said the archive');
  const name = `${attempt.id}.sql.custom`;
  await attempt.write(name, Readable.from([content]));
  const file = BackupFile.parse({
    name,
    format: 'custom',
    compression: 'none',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
  const instant = at.toISOString();
  const times = { startedAt: instant, finishedAt: instant, snapshotAt: instant };
  const { manifest } = testBackup({
    ...times,
    ...given,
    jobId,
    id: attempt.id,
    files: [file],
  });
  await attempt.publish(manifest);
  return attempt.id;
}
