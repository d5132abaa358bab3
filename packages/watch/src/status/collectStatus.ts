import type { Configuration, Status } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { plainLine } from '../text/plain.ts';
import { dated } from './dated.ts';
import type { JobFacts, StatusFacts, StorageFacts } from './facts.ts';
import { statusOf } from './statusOf.ts';
import { decisiveVerifications } from './verifications.ts';

export interface CollectStatusOptions {
  readonly vault: Vault;
  readonly configuration: Pick<Configuration, 'databases'>;
  /** What the queues say; left out when working offline. */
  readonly jobs?: JobFacts;
  readonly now: Date;
}

/**
 * Gathers the facts from the storage and says what they mean; no line that is not green is without its `since`, whose record
 * this tends. Never throws for a storage that cannot be read or written: that is what the status then says.
 */
export async function collectStatus(options: CollectStatusOptions): Promise<Status> {
  const jobs = options.jobs ?? { state: 'not-asked' };
  const base = { databases: options.configuration.databases, jobs, now: options.now };
  const { vault } = options;
  const names = base.databases.map(({ name }) => name);
  const facts = {
    ...base,
    ...(await readVault(vault, names).catch((error: unknown) => nothing(vault, error))),
  };
  return dated(statusOf(facts), facts, vault.sightings);
}

type VaultFacts = Omit<StatusFacts, 'databases' | 'jobs' | 'now'>;

async function readVault(
  { storage, catalogue, records }: Vault,
  databases: readonly string[],
): Promise<VaultFacts> {
  const [listed, restores, incidents, verifications, drills, labelled, schedules, space] = await Promise.all([
    catalogue.list(),
    records.list('restores'),
    records.list('incidents'),
    decisiveVerifications(records, databases),
    records.list('drills'),
    records.list('databases'),
    records.list('schedules'),
    storage.space(),
  ]);
  const damagedRecords = [restores, incidents, verifications, drills, labelled, schedules].flatMap(
    ({ damaged }) => damaged,
  );
  return {
    backups: listed.backups,
    damaged: listed.damaged,
    restores: restores.items,
    incidents: incidents.items,
    observations: verifications.items,
    drills: drills.items,
    labelled: labelled.items,
    storage: { location: storage.location, space, error: null, damagedRecords },
  };
}

function nothing({ storage }: Vault, error: unknown): VaultFacts {
  const reason = plainLine(error instanceof Error ? error.message : String(error));
  const facts: StorageFacts = { location: storage.location, space: null, error: reason, damagedRecords: [] };
  return {
    backups: [],
    damaged: [],
    restores: [],
    incidents: [],
    observations: [],
    drills: [],
    labelled: [],
    storage: facts,
  };
}
