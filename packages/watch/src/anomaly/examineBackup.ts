import { isRegular, isSuspect, type Vault } from '@sagekeep/storage';
import type { Incidents } from '../incident/incidents.ts';
import { anomalies } from './anomalies.ts';
import { figuresOf } from './snapshot.ts';

export interface ExamineDependencies {
  readonly vault: Vault;
  readonly incidents: Pick<Incidents, 'raise'>;
  readonly now: () => Date;
}

/**
 * Compares a new backup with the ones before it that nobody doubts. What history does not explain marks it *suspect*, which
 * freezes retention of its database until a person acknowledges it, and raises an incident. Resolves with the reasons.
 * Safety backups are neither examined nor part of the history: they are taken because something is wrong.
 */
export async function examineBackup(id: string, deps: ExamineDependencies): Promise<string[]> {
  const backup = await deps.vault.catalogue.get(id);
  const { database, reason, snapshotAt } = backup.manifest;
  if (reason === 'safety') return [];
  const { backups } = await deps.vault.catalogue.list({ database });
  const history = backups.filter(
    (one) => one.manifest.snapshotAt < snapshotAt && isRegular(one) && !isSuspect(one),
  );
  const reasons = anomalies(figuresOf(backup), history.map(figuresOf));
  if (reasons.length === 0) return [];
  await deps.vault.catalogue.mark(id, { kind: 'suspect', at: deps.now().toISOString(), reasons });
  await deps.incidents.raise({
    key: `suspect:${database}`,
    database,
    severity: 'fail',
    title: `${id} looks wrong against its history; retention of ${database} is frozen`,
    detail: reasons.join('; '),
    advice: `sagekeep acknowledge ${id} --reason "…"`,
  });
  return reasons;
}
