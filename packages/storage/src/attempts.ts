import { DatabaseName, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { createAttempt, writeOwner } from './attempt.ts';
import { parseJson } from './json.ts';
import { attemptsFolder, backupIdAt, isDatabaseFolder, ownerName, timeOfId, trashFolder } from './names.ts';
import { isDead, machineId, Owner } from './owner.ts';
import type { Storage } from './port.ts';
import { isEntryOf, type TrashCan } from './trash.ts';
import type { Attempts, Catalogue, Leftover } from './vault.ts';

interface AttemptsParts {
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly trash: TrashCan;
  readonly now: () => Date;
}
const maxClaimants = 9999;
const maxOwnerBytes = 64 * 1024;

export function createAttempts(parts: AttemptsParts): Attempts {
  const { storage, catalogue, trash, now } = parts;
  const machine = machineId();

  return {
    async begin(database, at, { jobId, attempt }) {
      refuseReserved(database);
      // Made now, so that deleting needs no new folder on a full disk.
      await storage.claim(`${trashFolder}/${database}`);
      const id = await claimId(storage, database, at);
      const owner: Owner = { jobId, attempt, pid: process.pid, machine, touchedAt: now().toISOString() };
      const attemptParts = { storage, catalogue, now, owner, id, database };
      await writeOwner(attemptParts, `${attemptsFolder}/${database}/${id}`);
      return createAttempt(attemptParts);
    },
    async leftovers(idleMs, at) {
      const found: Leftover[] = [];
      for await (const leftover of attemptFolders(storage, machine))
        if (leftover.ownerDead || at.getTime() - leftover.touchedAt.getTime() >= idleMs) found.push(leftover);
      return found;
    },
    sweep: ({ key, database, id }) => trash.throwAway(key, { database, id }),
  };
}

/** Claims the attempt's folder first: only its holder can publish under that id, so the look afterwards is safe. */
async function claimId(storage: Storage, database: string, at: Date): Promise<string> {
  for (let claimant = 1; claimant <= maxClaimants; claimant++) {
    const id = backupIdAt(database, at, claimant);
    const folder = `${attemptsFolder}/${database}/${id}`;
    if (!(await storage.claim(folder))) continue;
    if (!(await isTaken(storage, database, id))) return id;
    await storage.remove(folder);
  }
  throw new SagekeepError('STORAGE_FAILED', `All ids of ${database} for ${at.toISOString()} are taken.`, {
    advice: 'Look at the clock of this machine: it may stand still.',
    retryable: true,
    facts: { database },
  });
}

/** A backup on its way to the trash may come back, so it is looked for where it is, where it may go, and again. */
async function isTaken(storage: Storage, database: string, id: string): Promise<boolean> {
  for (const folder of [database, `${trashFolder}/${database}`, database]) {
    const names = (await storage.children(folder)).map(({ name }) => name);
    if (names.some((name) => name === id || isEntryOf(name, id))) return true;
  }
  return false;
}

async function* attemptFolders(storage: Storage, machine: string | null): AsyncGenerator<Leftover> {
  for (const database of await storage.children(attemptsFolder))
    for (const { name: id } of await storage.children(`${attemptsFolder}/${database.name}`))
      if (!id.startsWith('.')) yield await describeAttempt({ storage, machine }, database.name, id);
}

async function describeAttempt(
  { storage, machine }: { storage: Storage; machine: string | null },
  database: string,
  id: string,
): Promise<Leftover> {
  const key = `${attemptsFolder}/${database}/${id}`;
  const owner = await readOwner(storage, `${key}/${ownerName}`);
  let touchedAt = Math.max(timeOfId(id).getTime(), owner === null ? 0 : Date.parse(owner.touchedAt));
  let bytes = 0;
  for await (const object of storage.walk(key)) {
    bytes += object.bytes;
    touchedAt = Math.max(touchedAt, object.modifiedAt.getTime());
  }
  const ownerDead = owner !== null && isDead(owner, machine);
  return { key, database, id, bytes, touchedAt: new Date(touchedAt), ownerDead, jobId: owner?.jobId ?? null };
}

async function readOwner(storage: Storage, key: string): Promise<Owner | null> {
  try {
    const parsed = parseJson(Owner, (await storage.read(key, maxOwnerBytes)).toString('utf8'));
    return parsed.ok ? parsed.value : null;
  } catch (error) {
    if (isSagekeepError(error)) return null;
    throw error;
  }
}

function refuseReserved(database: string): void {
  if (isDatabaseFolder(database)) return;
  const valid = DatabaseName.safeParse(database).success;
  throw new SagekeepError(
    'CONFIGURATION_INVALID',
    `A database cannot be called ${JSON.stringify(database)}${valid ? ': the storage keeps its own things there' : ''}.`,
    { advice: 'Give it another name in the configuration.', facts: { database } },
  );
}
