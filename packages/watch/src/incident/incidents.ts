import { createHash } from 'node:crypto';
import type { DeliverPayload, Incident } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { hasReceipt } from '../alert/receipts.ts';
import { plainLine } from '../text/plain.ts';
import type { Cause } from './cause.ts';
import { createOpenKeys, type OpenKey } from './openKeys.ts';

export interface IncidentDependencies {
  readonly vault: Vault;
  /** Names of the channels that hear of incidents. */
  readonly channels: readonly string[];
  readonly remindAfterMs: number;
  readonly now: () => Date;
  /**
   * Adds a `deliver` job. The same key must add the same job once: it is called again for whatever may have been lost
   * between the record and the queue.
   */
  readonly enqueue: (payload: DeliverPayload, idempotencyKey: string) => Promise<unknown>;
}

export interface Incidents {
  /** Opens the incident of a cause, or notes that it was seen again. `except` names a channel that must not hear of it. */
  raise(cause: Cause, options?: { readonly except?: string }): Promise<Incident>;
  /** Resolves the open incident of a cause; null when there is none. */
  resolve(key: string): Promise<Incident | null>;
  /** Open incidents, newest first. */
  open(): Promise<Incident[]>;
  /**
   * Reminds of what has been open for long, and enqueues again whatever an outage of Redis kept from being enqueued.
   * Called by every monitor job.
   */
  tend(): Promise<void>;
}

/**
 * One incident per cause, kept in the storage's records: opened once, whoever sees it first; reminded; resolved. Deliveries
 * are jobs. An enqueue that fails fails nothing else: `tend` makes up for it.
 */
export function createIncidents(deps: IncidentDependencies): Incidents {
  const { vault, now } = deps;
  const keys = createOpenKeys(vault.storage);

  async function raise(cause: Cause, options: { readonly except?: string } = {}): Promise<Incident> {
    const at = now();
    const claim = () => keys.claim(cause.key, { id: idOf(cause.key, at), at: at.toISOString() });
    let key = await claim();
    let known = await vault.records.get('incidents', key.id);
    if (known !== null && known.resolvedAt !== null) {
      // Whoever resolved it died before it could say so to others.
      await keys.release(cause.key);
      key = await claim();
      known = await vault.records.get('incidents', key.id);
    }
    const incident = known === null ? opened(cause, key, options.except) : seenAgain(known, cause, at);
    await vault.records.put('incidents', key.id, incident);
    if (known === null) await announce(deps, incident, 'opened');
    return incident;
  }

  async function resolve(cause: string): Promise<Incident | null> {
    const key = await keys.read(cause);
    if (key === null) return null;
    const known = await vault.records.get('incidents', key.id);
    if (known === null || known.resolvedAt !== null) {
      await keys.release(cause);
      return known;
    }
    const resolved = { ...known, resolvedAt: now().toISOString() };
    await vault.records.put('incidents', key.id, resolved);
    await keys.release(cause);
    await announce(deps, resolved, 'resolved');
    return resolved;
  }

  async function open(): Promise<Incident[]> {
    const { items } = await vault.records.list('incidents');
    return items.filter(({ resolvedAt }) => resolvedAt === null);
  }

  return { raise, resolve, open, tend: () => tend(deps) };
}

/** How long after its resolution an incident's deliveries are still made sure of. */
const recentMs = 24 * 3_600_000;

async function tend(deps: IncidentDependencies): Promise<void> {
  const { items } = await deps.vault.records.list('incidents');
  for (const incident of items) {
    if (incident.resolvedAt === null) await remind(deps, incident);
    else if (deps.now().getTime() - Date.parse(incident.resolvedAt) < recentMs) {
      await announce(deps, incident, 'opened');
      await announce(deps, incident, 'resolved');
    }
  }
}

async function remind(deps: IncidentDependencies, incident: Incident): Promise<void> {
  await announce(deps, incident, 'opened');
  const at = deps.now();
  const last = Date.parse(incident.remindedAt ?? incident.openedAt);
  if (at.getTime() - last < deps.remindAfterMs) {
    if (incident.remindedAt !== null) await announce(deps, incident, 'reminded');
    return;
  }
  const reminded = { ...incident, remindedAt: at.toISOString() };
  await deps.vault.records.put('incidents', incident.id, reminded);
  await announce(deps, reminded, 'reminded');
}

type Event = 'opened' | 'reminded' | 'resolved';

/** The moment of an event is part of its key, so that the second reminder is not taken for the first. */
function momentOf(incident: Incident, event: Event): string {
  if (event === 'opened') return incident.openedAt;
  return (event === 'reminded' ? incident.remindedAt : incident.resolvedAt) ?? incident.openedAt;
}

async function announce(deps: IncidentDependencies, incident: Incident, event: Event): Promise<void> {
  const at = momentOf(incident, event);
  for (const channel of deps.channels.filter((name) => name !== incident['silenced'])) {
    const payload = { incident: incident.id, channel, event, at };
    try {
      if (await hasReceipt(deps.vault.storage, payload)) continue;
      await deps.enqueue(payload, `${incident.id}:${event}:${at}:${channel}`);
    } catch {
      // The record stands; the next `tend` enqueues it.
    }
  }
}

/** Ids sort by time. */
function idOf(key: string, at: Date): string {
  const stamp = at.toISOString().replace(/[-:]/g, '').replace('.', '').toLowerCase();
  return `${stamp}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

function opened(cause: Cause, { id, at }: OpenKey, silenced: string | undefined): Incident {
  return {
    version: 1,
    id,
    ...wordsOf(cause),
    openedAt: at,
    lastSeenAt: at,
    remindedAt: null,
    resolvedAt: null,
    occurrences: 1,
    ...(silenced === undefined ? {} : { silenced }),
  };
}

/** The newest words count; the severity of an open incident only rises. */
function seenAgain(known: Incident, cause: Cause, at: Date): Incident {
  const severity = known.severity === 'fail' ? 'fail' : cause.severity;
  const occurrences = known.occurrences + 1;
  return { ...known, ...wordsOf(cause), severity, lastSeenAt: at.toISOString(), occurrences };
}

function wordsOf(cause: Cause): Cause {
  const { key, database, severity } = cause;
  const [title, detail, advice] = [cause.title, cause.detail, cause.advice].map(plainLine);
  return { key, database, severity, title: title ?? '', detail: detail ?? '', advice: advice ?? '' };
}
