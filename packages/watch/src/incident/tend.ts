import type { Incident } from '@sagekeep/contracts';
import { type AnnounceDependencies, announce } from './announce.ts';
import { endIncident, isOpenOne } from './end.ts';
import { isOutlived, type Present } from './outlived.ts';

export interface TendDependencies extends AnnounceDependencies {
  /** Every database that is known now, with the checks that are switched off. Throws rather than leave one out. */
  readonly databases: () => Promise<Present['databases']>;
  readonly remindAfterMs: number;
}

const minuteMs = 60_000;
/** How long after its resolution an incident's deliveries are still made sure of. */
const recentMs = 24 * 3_600_000;

/** Resolves every open incident whose matter is gone or mended although no job says so. */
export async function settle(deps: TendDependencies): Promise<void> {
  const { catalogue, records } = deps.vault;
  const open = (await records.list('incidents')).items.filter(({ resolvedAt }) => resolvedAt === null);
  if (open.length === 0) return;
  const { backups, damaged } = await catalogue.list();
  const databases = await deps.databases();
  const { channels } = deps;
  const present = { databases, channels, backups, damaged: damaged.map(({ id }) => id), now: deps.now() };
  for (const incident of open) if (isOutlived(incident, present)) await endIncident(deps, incident);
}

/** Reminds of what has been open for long, and enqueues again whatever did not reach the queue. */
export async function tend(deps: TendDependencies): Promise<void> {
  const { items } = await deps.vault.records.list('incidents');
  for (const incident of items) {
    if (incident.resolvedAt === null) await remind(deps, incident);
    else if (deps.now().getTime() - Date.parse(incident.resolvedAt) < recentMs) {
      await announce(deps, incident, 'opened');
      await announce(deps, incident, 'resolved');
    }
  }
}

async function remind(deps: TendDependencies, incident: Incident): Promise<void> {
  const { storage, records } = deps.vault;
  // Whoever was ending it died before its record said so.
  if (!(await isOpenOne(storage, incident))) return void (await endIncident(deps, incident));
  await announce(deps, incident, 'opened');
  const last = Date.parse(incident.remindedAt ?? incident.openedAt);
  const every = Math.max(deps.remindAfterMs, minuteMs);
  const intervals = Math.floor((deps.now().getTime() - last) / every);
  if (intervals < 1) {
    if (incident.remindedAt !== null) await announce(deps, incident, 'reminded');
    return;
  }
  // A moment that all workers agree on: they must not remind twice.
  const remindedAt = new Date(last + intervals * every).toISOString();
  // Announcing may have taken long.
  const current = await records.get('incidents', incident.id);
  if (current === null || current.resolvedAt !== null) return;
  const reminded = { ...current, remindedAt };
  await records.put('incidents', current.id, reminded);
  // It was resolved in between: that end stands.
  if (!(await isOpenOne(storage, current))) return void (await endIncident(deps, current));
  await announce(deps, reminded, 'reminded');
}
