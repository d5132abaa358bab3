import type { Backup, CleanupAction, DamagedBackup, DatabaseConfig } from '@sagekeep/contracts';
import { bytesBelow, isDuplicate, type Vault } from '@sagekeep/storage';
import type { EngineDependencies, InFlight } from '../engine.ts';
import { breakerOf } from './retention/breaker.ts';
import { type Decision, decide } from './retention/retention.ts';

/** What one database's backups are, and what retention would have done with them. Read-only. */
export interface Survey {
  readonly database: string;
  readonly actions: readonly CleanupAction[];
  /** Why these deletions need a person; null when they may go ahead. */
  readonly breaker: string | null;
}
type Facts = Pick<EngineDependencies, 'vault' | 'databases' | 'now'>;

/** Looks at a database as it is this moment: every deletion is decided by a fresh look. */
export async function survey(deps: Facts, database: string, inFlight: InFlight): Promise<Survey> {
  const { backups, damaged } = await deps.vault.catalogue.list({ database });
  const config = deps.databases.find(({ name }) => name === database);
  const decisions =
    config === undefined
      ? backups.map(keepUnconfigured)
      : frozenBy(damaged, await decideOn(deps, { config, backups, inFlight }));
  const bytes = new Map(backups.map((backup) => [backup.manifest.id, bytesOf(backup)]));
  const ofBackups = decisions.map(
    (decision): CleanupAction => ({
      subject: 'backup',
      database,
      bytes: bytes.get(decision.backup) ?? 0,
      ...decision,
    }),
  );
  const ofDamaged = await Promise.all(
    damaged.map((item) => actionForDamaged(deps.vault, item, config === undefined ? null : inFlight)),
  );
  return {
    database,
    actions: [...ofBackups, ...ofDamaged],
    breaker: config === undefined ? null : breakerOf(decisions, backups, config.retention),
  };
}

interface DecisionInput {
  readonly config: DatabaseConfig;
  readonly backups: readonly Backup[];
  readonly inFlight: InFlight;
}

async function decideOn(deps: Facts, { config, backups, inFlight }: DecisionInput): Promise<Decision[]> {
  const input = {
    backups,
    policy: config.retention,
    now: deps.now(),
    proofExpected: config.proof.when !== 'never',
    inFlight,
  };
  const pinned = new Map<string, string>();
  // Pins only ever keep: nobody needs to ask for those of backups that stay anyway.
  for (const { action, backup } of decide({ ...input, pinned })) {
    if (action === 'keep') continue;
    const pins = await deps.vault.pins.held(backup, input.now);
    if (pins.length > 0) pinned.set(backup, pins.map(({ owner }) => owner).join(', '));
  }
  return decide({ ...input, pinned });
}

/** Nobody knows what a backup that cannot be read would say of the others, from whose success their age may count. */
function frozenBy(damaged: readonly DamagedBackup[], decisions: readonly Decision[]): Decision[] {
  const unread = damaged.find((each) => each.unread === true);
  if (unread === undefined) return [...decisions];
  const reason = `nothing is deleted while ${unread.id} cannot be read`;
  return decisions.map((decision) =>
    decision.action === 'keep' ? decision : { ...decision, action: 'keep', reason },
  );
}

function keepUnconfigured({ manifest }: Backup): Decision {
  return { backup: manifest.id, action: 'keep', reason: 'its database is not in the configuration' };
}

/** `inFlight` is null where nothing may be deleted. */
async function actionForDamaged(
  vault: Vault,
  { database, id, reason }: DamagedBackup,
  inFlight: InFlight | null,
): Promise<CleanupAction> {
  const bytes = await bytesBelow(vault.storage, `${database}/${id}`);
  const base = { backup: id, database, bytes };
  if (!isDuplicate({ database, id, reason }))
    return { ...base, subject: 'backup', action: 'keep', reason: `damaged: ${reason}; delete it by its id` };
  const free = inFlight?.known === true && !inFlight.backups.includes(id);
  return { ...base, subject: 'duplicate', action: free ? 'delete' : 'keep', reason };
}

function bytesOf({ manifest }: Backup): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}
