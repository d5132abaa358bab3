import type { Incident } from '@sagekeep/contracts';
import type { Cause } from './cause.ts';
import { endIncident, isOpenOne } from './end.ts';
import type { OpenKeys } from './openKeys.ts';
import type { TendDependencies } from './tend.ts';
import { idOf, opened, seenAgain } from './words.ts';

export interface RecordDependencies extends TendDependencies {
  readonly keys: OpenKeys;
}

/** Opens the incident of a cause or notes that it was seen again, whoever else does so or ends it at the same moment. */
export async function recordCause(
  deps: RecordDependencies,
  cause: Cause,
  silenced?: string,
): Promise<{ incident: Incident; isNew: boolean }> {
  const { vault, keys, now } = deps;
  const { records } = vault;
  const at = now();
  const key = await keys.claim(cause.key, { id: idOf(cause.key, at), at: at.toISOString() });
  const known = await records.get('incidents', key.id);
  if (known === null) {
    const incident = opened(cause, key, silenced);
    await records.put('incidents', key.id, incident);
    return { incident, isNew: true };
  }
  if (known.resolvedAt !== null) {
    // Whoever resolved it died before it could say so to others.
    await keys.release(cause.key, key.id);
    return recordCause(deps, cause, silenced);
  }
  const incident = seenAgain(known, cause, at);
  try {
    await records.put('incidents', key.id, incident);
  } catch {
    // It stands on record and is announced; only this sighting is not counted.
    return { incident, isNew: false };
  }
  if (await isOpenOne(vault.storage, known)) return { incident, isNew: false };
  // It was resolved in between: that end stands, and this is a new beginning.
  await endIncident(deps, known);
  return recordCause(deps, cause, silenced);
}
