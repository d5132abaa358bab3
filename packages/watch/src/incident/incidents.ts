import { type Incident, SagekeepError } from '@sagekeep/contracts';
import { announce } from './announce.ts';
import type { Cause } from './cause.ts';
import { endIncident } from './end.ts';
import { createOpenKeys } from './openKeys.ts';
import { recordCause } from './recordCause.ts';
import { settle, type TendDependencies, tend } from './tend.ts';
import { tellUnrecorded } from './unrecorded.ts';
import { within } from './within.ts';

export interface IncidentDependencies extends TendDependencies {
  /** How long the storage may take for a record before channels are told without one, ms; default 5 s. */
  readonly recordMs?: number;
}

export interface Incidents {
  /**
   * Opens the incident of a cause, or notes that it was seen again. `except` names a channel that must not hear of it.
   * A storage that takes no record silences nobody: the channels are then told at once, once per cause and day.
   */
  raise(cause: Cause, options?: { readonly except?: string }): Promise<Incident>;
  /** Resolves the open incident of a cause; null when there is none, or somebody else resolves it. */
  resolve(key: string): Promise<Incident | null>;
  /** Resolves an incident because a person says so. Throws `NOT_FOUND`, or `CONFLICT` when it is resolved already. */
  close(id: string, said: { readonly by: string; readonly reason: string }): Promise<Incident>;
  /** Open incidents, newest first. */
  open(): Promise<Incident[]>;
  /** Resolves what no job will resolve: its database, channel or backup is gone, or a person has acknowledged it. */
  settle(): Promise<void>;
  /**
   * Settles, reminds of what has been open for long, and enqueues again whatever an outage of Redis or of a receiver kept from its
   * channel. Called every few minutes.
   */
  tend(): Promise<void>;
}

/**
 * One incident per cause, kept in the storage's records: opened once, whoever sees it first; reminded; resolved. Deliveries
 * are jobs. An enqueue that fails fails nothing else: `tend` makes up for it.
 */
export function createIncidents(deps: IncidentDependencies): Incidents {
  const { vault } = deps;
  const { records } = vault;
  const keys = createOpenKeys(vault.storage);

  return {
    async raise(cause, { except } = {}) {
      try {
        const { incident, isNew } = await within(
          deps.recordMs ?? 5_000,
          recordCause({ ...deps, keys }, cause, except),
        );
        if (isNew) await announce(deps, incident, 'opened');
        return incident;
      } catch (error) {
        return tellUnrecorded(deps, cause, { error, except });
      }
    },
    async resolve(cause) {
      const key = await keys.read(cause);
      if (key === null) return null;
      const known = await records.get('incidents', key.id);
      if (known !== null && known.resolvedAt === null) return endIncident(deps, known);
      await keys.release(cause, key.id);
      return known;
    },
    async close(id, closed) {
      const known = await records.get('incidents', id);
      if (known === null) throw new SagekeepError('NOT_FOUND', `There is no incident ${id}.`);
      const ended = await endIncident(deps, known, closed);
      if (ended === null) throw new SagekeepError('CONFLICT', `The incident ${id} is resolved already.`);
      return ended;
    },
    async open() {
      const { items } = await records.list('incidents');
      return items.filter(({ resolvedAt }) => resolvedAt === null);
    },
    settle: () => settle(deps),
    async tend() {
      try {
        await settle(deps);
      } finally {
        await tend(deps);
      }
    },
  };
}
