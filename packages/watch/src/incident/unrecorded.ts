import type { Incident } from '@sagekeep/contracts';
import type { AnnounceDependencies } from './announce.ts';
import type { Cause } from './cause.ts';
import { idOf, opened } from './words.ts';

/** A payload has to fit into a job. */
const longest = 4_000;

/**
 * Has the channels told of a cause that the storage takes no record of: the incident travels in the job itself. Said once
 * per cause and day. Throws what kept it from the record when no channel will hear of it either.
 */
export async function tellUnrecorded(
  deps: AnnounceDependencies,
  cause: Cause,
  about: { readonly error: unknown; readonly except: string | undefined },
): Promise<Incident> {
  const now = deps.now();
  const incident = incidentOf(cause, about.error, now);
  const at = now.toISOString();
  const day = at.slice(0, 10);
  let told = 0;
  for (const channel of deps.channels.filter((name) => name !== about.except)) {
    const payload = { incident: incident.id, channel, event: 'opened' as const, at, unrecorded: incident };
    try {
      await deps.enqueue(payload, `unrecorded:${cause.key}:${day}:${channel}`);
      told += 1;
    } catch {
      // Another channel may still be told; when none is, the caller hears why.
    }
  }
  if (told === 0) throw about.error;
  return incident;
}

function incidentOf(cause: Cause, error: unknown, at: Date): Incident {
  const why = error instanceof Error ? error.message : String(error);
  const detail = `${cause.detail.slice(0, longest)} (This is not on record: ${why.slice(0, longest)})`;
  const key = { id: idOf(cause.key, at), at: at.toISOString() };
  return opened({ ...cause, detail, title: cause.title.slice(0, longest) }, key, undefined);
}
