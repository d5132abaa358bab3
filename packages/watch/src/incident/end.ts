import { type Incident, isSagekeepError } from '@sagekeep/contracts';
import type { Storage } from '@sagekeep/storage';
import { type AnnounceDependencies, announce } from './announce.ts';
import { createOpenKeys } from './openKeys.ts';

/** How an incident ended: when, and by whom when a person said so. */
interface End {
  readonly resolvedAt: string;
  readonly closed?: NonNullable<Incident['closed']>;
}

/**
 * Resolves an incident, lets its cause be opened anew, and has the channels told. It ends once, however many do it at the
 * same time; whoever died half-way is made up for. Resolves with null when somebody else has ended it.
 */
export async function endIncident(
  deps: AnnounceDependencies,
  known: Incident,
  closed?: Incident['closed'],
): Promise<Incident | null> {
  const { storage, records } = deps.vault;
  const last = (await records.get('incidents', known.id)) ?? known;
  // First: a record without its key is ended by the next `tend`, a key without its record by nobody.
  await createOpenKeys(storage).release(known.key, known.id);
  if (last.resolvedAt !== null) return null;
  const end = { resolvedAt: deps.now().toISOString(), ...(closed === undefined ? {} : { closed }) };
  const agreed = await agreeOn(storage, known.id, end);
  const resolved = { ...last, ...agreed.end };
  await records.put('incidents', known.id, resolved);
  await announce(deps, resolved, 'resolved');
  return agreed.isOurs ? resolved : null;
}

/** Whether an incident is the one that its cause has open: it has not ended, whatever a copy of its record says. */
export async function isOpenOne(storage: Storage, { key, id }: Incident): Promise<boolean> {
  return (await createOpenKeys(storage).read(key))?.id === id;
}

/**
 * The first end that anybody claims is the one that all write down. It lies with the receipts of the incident's deliveries,
 * and goes with them.
 */
async function agreeOn(storage: Storage, id: string, end: End): Promise<{ end: End; isOurs: boolean }> {
  const place = `records/deliveries/${id}/end.json`;
  if (await storage.put(place, JSON.stringify(end), { ifAbsent: true })) return { end, isOurs: true };
  try {
    return { end: JSON.parse((await storage.read(place)).toString('utf8')) as End, isOurs: false };
  } catch (error) {
    if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return { end, isOurs: true };
    throw error;
  }
}
