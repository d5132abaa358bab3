import {
  type ChannelConfig,
  type DeliverJobResult,
  type DeliverPayload,
  type Incident,
  SagekeepError,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { deliveryFailed, type Send } from './channel.ts';
import { createEmail } from './channels/email.ts';
import { createHealthchecks } from './channels/healthchecks.ts';
import { createSyslog } from './channels/syslog.ts';
import { createWebhook } from './channels/webhook.ts';
import { messageOf, testIncident } from './message.ts';
import { hasReceipt, writeReceipt } from './receipts.ts';

export interface DeliverDependencies {
  readonly channels: readonly ChannelConfig[];
  readonly vault: Vault;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/**
 * Delivers one event of one incident to one channel: the body of a `deliver` job. Throws `DELIVERY_FAILED`, retryable, until
 * the receiver has taken it. What was taken is on record, so that a job that runs twice says it once; the end of an incident
 * waits until its beginning was told.
 */
export async function deliver(payload: DeliverPayload, deps: DeliverDependencies): Promise<DeliverJobResult> {
  const channel = deps.channels.find(({ name }) => name === payload.channel);
  if (channel === undefined) throw unknownChannel(payload.channel, deps.channels);
  const incident =
    payload.event === 'test' ? testIncident(payload.at) : await incidentOf(payload, deps.vault);
  if (payload.event !== 'test') {
    if (await hasReceipt(deps.vault.storage, payload))
      return { delivered: true, detail: 'was delivered before' };
    if (payload.event !== 'opened') await openedFirst(payload, incident, deps.vault);
    if (payload.event === 'reminded' && incident.resolvedAt !== null) {
      return { delivered: false, detail: 'the incident is resolved: nothing to remind of' };
    }
  }
  const detail = await senderOf(channel, deps.now)(messageOf(incident, payload, payload.event), deps.signal);
  if (payload.event !== 'test') {
    await writeReceipt(deps.vault.storage, payload, { takenAt: deps.now().toISOString(), detail });
  }
  return { delivered: true, detail };
}

function senderOf(channel: ChannelConfig, now: () => Date): Send {
  switch (channel.kind) {
    case 'webhook':
      return createWebhook(channel, now);
    case 'healthchecks':
      return createHealthchecks(channel);
    case 'syslog':
      return createSyslog(channel, now);
    case 'email':
      return createEmail(channel);
  }
}

async function incidentOf({ incident: id }: DeliverPayload, vault: Vault): Promise<Incident> {
  const incident = await vault.records.get('incidents', id);
  if (incident !== null) return incident;
  throw new SagekeepError('NOT_FOUND', `There is no incident ${id} on record.`, {
    advice: 'Its record was removed or damaged; nothing can be told of it.',
  });
}

async function openedFirst(payload: DeliverPayload, { openedAt }: Incident, vault: Vault): Promise<void> {
  if (await hasReceipt(vault.storage, { ...payload, event: 'opened', at: openedAt })) return;
  throw deliveryFailed(payload.channel, 'it has not heard yet that the incident was opened');
}

function unknownChannel(name: string, channels: readonly ChannelConfig[]): SagekeepError {
  const known = channels.map((channel) => channel.name).join(', ');
  return new SagekeepError('DELIVERY_FAILED', `There is no channel "${name}" to deliver to.`, {
    advice: `Configure it under alerts.channels (configured: ${known || 'none'}).`,
  });
}
