import type { Manifest } from '@sagekeep/contracts';
import type { Attempt, Vault } from '../vault.ts';
import { exampleManifest } from './manifest.ts';

export interface PublishOptions {
  readonly database?: string;
  readonly at?: Date;
  readonly content?: string;
  readonly jobId?: string;
  readonly changes?: Partial<Manifest>;
}

/** Puts a small, whole backup into a vault, the way that a backup job does. */
export async function publishExample(vault: Vault, options: PublishOptions = {}): Promise<Manifest> {
  const { database = 'sage', at = new Date('2026-11-22T02:00:00Z'), jobId = crypto.randomUUID() } = options;
  const attempt = await vault.attempts.begin(database, at, { jobId, attempt: 1 });
  const manifest = await writeExample(attempt, { ...options, at, jobId });
  await attempt.publish(manifest);
  return manifest;
}

/** Writes the files of an example backup into an attempt and returns the manifest that fits them. */
export async function writeExample(
  attempt: Attempt,
  { at = new Date('2026-11-22T02:00:00Z'), content = 'PGDMP', jobId = 'job', changes = {} }: PublishOptions,
): Promise<Manifest> {
  const name = `${attempt.id}.sql.custom`;
  const digest = await attempt.write(name, textSource(content));
  return exampleManifest({
    id: attempt.id,
    database: attempt.database,
    snapshotAt: at.toISOString(),
    jobId,
    files: [{ name, format: 'custom', compression: 'zstd', ...digest }],
    ...changes,
  });
}

async function* textSource(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
