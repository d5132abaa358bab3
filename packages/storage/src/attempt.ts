import { isSagekeepError, Manifest, SagekeepError } from '@sagekeep/contracts';
import { manifestText } from './catalogue/manifestText.ts';
import { isWhole } from './catalogue/scrub.ts';
import { toJson } from './json.ts';
import { attemptsFolder, folderOfId, manifestName, ownerName } from './names.ts';
import type { Owner } from './owner.ts';
import type { Storage } from './port.ts';
import type { Attempt, Catalogue } from './vault.ts';

interface AttemptParts {
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly now: () => Date;
  readonly owner: Owner;
  readonly id: string;
  readonly database: string;
}

export function createAttempt(parts: AttemptParts): Attempt {
  const { storage, id, database } = parts;
  const folder = `${attemptsFolder}/${database}/${id}`;
  const keyOf = (name: string) => `${folder}/${name}`;
  let ended = false;
  let touching: Promise<unknown> = Promise.resolve();

  /** After this no touch writes into the folder any more. */
  async function end(): Promise<void> {
    ended = true;
    await touching.catch(() => undefined);
  }

  return {
    id,
    database,
    write: (name, source, options) => storage.create(keyOf(name), source, options),
    localPath: (name) => storage.localPath(keyOf(name)),
    async check(file, signal) {
      if (!(await isWhole({ storage, key: keyOf(file.name) }, file, { signal })))
        throw damagedFile(id, file.name);
    },
    async publish(manifest) {
      await end();
      await publishAttempt(parts, folder, manifest);
    },
    async discard() {
      await end();
      await storage.remove(folder).catch(() => undefined);
    },
    async touch() {
      if (ended) return;
      touching = touching.catch(() => undefined).then(() => writeOwner(parts, folder));
      await touching;
    },
  };
}

/** Throws `STORAGE_OBJECT_MISSING` when a sweeper has taken the attempt away. */
export async function writeOwner({ storage, owner, now }: AttemptParts, folder: string): Promise<void> {
  await storage.put(`${folder}/${ownerName}`, toJson({ ...owner, touchedAt: now().toISOString() }), {
    inExistingFolder: true,
  });
}

async function publishAttempt(parts: AttemptParts, folder: string, manifest: Manifest): Promise<void> {
  const { storage, catalogue, id, database, owner } = parts;
  const text = manifestText(checked(manifest, { id, database, jobId: owner.jobId }));
  for (const file of manifest.files) {
    const object = await storage.stat(`${folder}/${file.name}`);
    if (object === null) throw sweptAway(id);
    if (object.bytes !== file.bytes) throw damagedFile(id, file.name);
  }
  const rival = (await catalogue.list({ database })).backups.find((other) =>
    isSameWork(other.manifest, manifest),
  );
  if (rival !== undefined) throw doubled(manifest.jobId, rival.manifest.id);
  try {
    await storage.put(`${folder}/${manifestName}`, text, { inExistingFolder: true });
    await storage.remove(`${folder}/${ownerName}`);
    await storage.publish(folder, folderOfId(id));
  } catch (error) {
    throw isSagekeepError(error, 'STORAGE_OBJECT_MISSING') ? sweptAway(id, error) : error;
  }
}

function checked(manifest: Manifest, place: { id: string; database: string; jobId: string }): Manifest {
  const wrong =
    manifest.id !== place.id || manifest.database !== place.database || manifest.jobId !== place.jobId;
  const parsed = Manifest.safeParse(manifest);
  if (!wrong && parsed.success) return parsed.data;
  throw new SagekeepError('INTERNAL', `The manifest of ${place.id} is not fit to be published.`, {
    advice: 'This is a fault of Sagekeep: report it with the log of the job.',
    facts: { backup: place.id, issues: parsed.error?.issues.slice(0, 5) ?? ['it names another attempt'] },
  });
}

function isSameWork(a: Manifest, b: Manifest): boolean {
  return a.jobId === b.jobId && a.dbname === b.dbname && a.reason === b.reason;
}

function doubled(jobId: string, backup: string): SagekeepError {
  return new SagekeepError('STORAGE_OBJECT_EXISTS', `The job ${jobId} has already published ${backup}.`, {
    advice: 'Nothing is lost: another attempt of the same job was first.',
    facts: { jobId, backup },
  });
}

function damagedFile(id: string, name: string): SagekeepError {
  return new SagekeepError('FILE_DAMAGED', `${name} of ${id} does not read back as it was written.`, {
    advice: 'Look at the disk behind the storage: the system log tells what it answered.',
    facts: { backup: id, file: name },
    retryable: true,
  });
}

function sweptAway(id: string, cause?: unknown): SagekeepError {
  return new SagekeepError(
    'LOCK_LOST',
    `The files of ${id} were taken away while this worker was not to be heard.`,
    {
      advice: 'Nothing was published; the next attempt starts afresh.',
      facts: { backup: id },
      retryable: true,
      cause,
    },
  );
}
