import type { Incident } from '@sagekeep/contracts';
import { type AnnounceDependencies, announce } from './announce.ts';
import { createOpenKeys } from './openKeys.ts';

/** Resolves an incident, lets its cause be opened anew, and has the channels told. */
export async function endIncident(
  deps: AnnounceDependencies,
  known: Incident,
  closed?: Incident['closed'],
): Promise<Incident> {
  const { storage, records } = deps.vault;
  const keys = createOpenKeys(storage);
  const end = closed === undefined ? {} : { closed };
  const resolved = { ...known, ...end, resolvedAt: deps.now().toISOString() };
  await records.put('incidents', known.id, resolved);
  if ((await keys.read(known.key))?.id === known.id) await keys.release(known.key);
  await announce(deps, resolved, 'resolved');
  return resolved;
}
