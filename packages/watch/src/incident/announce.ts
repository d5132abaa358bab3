import type { DeliverPayload, Incident } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { hasReceipt, writeReceipt } from '../alert/receipts.ts';

/**
 * Adds a `deliver` job. The same key must add the same job once: it is called again for whatever may have been lost
 * between the record and the queue. One that was given up must be tried again. Resolves with `taken` when the channel
 * has it already.
 */
export type Enqueue = (payload: DeliverPayload, idempotencyKey: string) => Promise<'waiting' | 'taken'>;

export interface AnnounceDependencies {
  readonly vault: Vault;
  /** Names of the channels that hear of incidents. */
  readonly channels: readonly string[];
  readonly enqueue: Enqueue;
  readonly now: () => Date;
}

export type IncidentEvent = 'opened' | 'reminded' | 'resolved';

/** The moment of an event is part of its key, so that the second reminder is not taken for the first. */
function momentOf(incident: Incident, event: IncidentEvent): string {
  if (event === 'opened') return incident.openedAt;
  return (event === 'reminded' ? incident.remindedAt : incident.resolvedAt) ?? incident.openedAt;
}

/** Has every channel told of an event that is on record. Never throws: the next `tend` makes up for what did not work. */
export async function announce(
  deps: AnnounceDependencies,
  incident: Incident,
  event: IncidentEvent,
): Promise<void> {
  const { storage } = deps.vault;
  const at = momentOf(incident, event);
  for (const channel of deps.channels.filter((name) => name !== incident['silenced'])) {
    const payload = { incident: incident.id, channel, event, at };
    try {
      if (await hasReceipt(storage, payload)) continue;
      const known = await deps.enqueue(payload, `${incident.id}:${event}:${at}:${channel}`);
      // It was taken while its receipt could not be written.
      if (known === 'taken') await writeReceipt(storage, payload, { takenAt: deps.now().toISOString() });
    } catch {
      // The record stands; the next `tend` enqueues it.
    }
  }
}
