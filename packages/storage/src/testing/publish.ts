import type { Manifest, Mark } from '@sagekeep/contracts';
import { manifestText } from '../catalogue/manifestText.ts';
import { markName } from '../catalogue/marks.ts';
import { toJson } from '../json.ts';
import { backupIdAt, folderOfId, manifestName } from '../names.ts';
import type { Storage } from '../port.ts';
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

/** Lays a small, whole backup where `publishExample` would, without asking who else is there: for many thousand of them. */
export async function layExample(
  storage: Storage,
  { database, at, marks = [] }: { database: string; at: Date; marks?: readonly Mark[] },
): Promise<string> {
  const id = backupIdAt(database, at, 1);
  const folder = folderOfId(id);
  const name = `${id}.sql.custom`;
  const digest = await storage.create(`${folder}/${name}`, textSource('PGDMP'));
  const files = [{ name, format: 'custom' as const, compression: 'zstd' as const, ...digest }];
  const manifest = exampleManifest({ id, database, snapshotAt: at.toISOString(), files });
  await storage.put(`${folder}/${manifestName}`, manifestText(manifest));
  for (const mark of marks) await storage.put(`${folder}/${markName(mark)}`, toJson(mark));
  return id;
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
