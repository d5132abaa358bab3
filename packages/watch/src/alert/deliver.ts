import {
  type ChannelConfig,
  type DatabaseConfig,
  type DeliverJobResult,
  type DeliverPayload,
  type Incident,
  SagekeepError,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { renderReport } from '../report/renderReport.ts';
import { deliveryFailed, type Send } from './channel.ts';
import { createEmail } from './channels/email.ts';
import { createHealthchecks, pingRun, type Run } from './channels/healthchecks.ts';
import { createSyslog } from './channels/syslog.ts';
import { createWebhook } from './channels/webhook.ts';
import { messageOf, testIncident } from './message.ts';
import { hasLaterReceipt, hasReceipt, writeReceipt } from './receipts.ts';
import { allOf, recipientsOf, testedOf, testOf } from './recipients.ts';

export interface DeliverDependencies {
  readonly channels: readonly ChannelConfig[];
  /** Every database that is known at that moment: a test pings the check of each. */
  readonly databases: () => Promise<readonly Pick<DatabaseConfig, 'name'>[]>;
  readonly vault: Vault;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** What the job of a backup has logged so far; shown beside the ping of its run. */
  readonly story?: (job: string) => Promise<string>;
}

interface OneDependencies extends DeliverDependencies {
  /** The channel that a recipient belongs to: what it has taken as a whole, each of its recipients has. */
  readonly whole?: string;
}

/**
 * Delivers one event of one incident to one channel: the body of a `deliver` job. Throws `DELIVERY_FAILED`, retryable, until
 * the receiver has taken it. What was taken is on record, so that a job that runs twice says it once; the end of an incident
 * waits until its beginning was told.
 */
export async function deliver(payload: DeliverPayload, deps: DeliverDependencies): Promise<DeliverJobResult> {
  const channel = deps.channels.find(({ name }) => name === payload.channel);
  if (channel === undefined) throw unknownChannel(payload.channel, deps.channels);
  if (payload.event === 'test') return deliverTest(payload, channel, deps);
  const recipients = recipientsOf(channel);
  // Without receipts whoever has it would be told at every attempt: then one mail goes to all.
  if (recipients.length === 1 || payload.unrecorded !== undefined)
    return deliverToOne(payload, channel, deps);
  const one = async (recipient: ChannelConfig) => {
    const own = { ...payload, channel: recipient.name };
    return named(recipient, await deliverToOne(own, recipient, { ...deps, whole: channel.name }));
  };
  const result = await allOf(recipients.map(one), deps.signal);
  if (!result.delivered) return result;
  return { ...result, detail: result.detail + (await noteTaken(payload, result.detail, deps)) };
}

/** Leaves no receipt. */
async function deliverTest(
  payload: DeliverPayload,
  channel: ChannelConfig,
  { databases, now, signal }: DeliverDependencies,
): Promise<DeliverJobResult> {
  const recipients = await testedOf(channel, databases);
  const send = async (recipient: ChannelConfig) => {
    const message = messageOf(testIncident(payload.at), { ...payload, channel: recipient.name }, 'test');
    return { delivered: true, detail: await senderOf(recipient, now)(message, signal) };
  };
  if (recipients.includes(channel)) return send(channel);
  return testOf(
    recipients.map(async (recipient) => named(recipient, await send(recipient))),
    signal,
  );
}

function named({ name }: ChannelConfig, { delivered, detail }: DeliverJobResult): DeliverJobResult {
  return { delivered, detail: `${name}: ${detail}` };
}

async function deliverToOne(
  payload: DeliverPayload,
  channel: ChannelConfig,
  deps: OneDependencies,
): Promise<DeliverJobResult> {
  if (payload.unrecorded !== undefined)
    return { delivered: true, detail: await sendIncident(payload.unrecorded, payload, { channel, ...deps }) };
  if (await wasTaken(payload, deps)) return { delivered: true, detail: 'was delivered before' };
  const detail = await (payload.run === undefined ? tellEvent : tellRun)(payload, channel, deps);
  if (detail === null) return { delivered: false, detail: 'nothing to tell any more' };
  return { delivered: true, detail: detail + (await noteTaken(payload, detail, deps)) };
}

/** Pings need nothing else of the storage, and must not stay out because it is gone. */
async function wasTaken(payload: DeliverPayload, deps: OneDependencies): Promise<boolean> {
  const known = isOnRecord(payload, deps);
  return payload.run === undefined ? known : known.catch(() => false);
}

async function isOnRecord(payload: DeliverPayload, { vault, whole }: OneDependencies): Promise<boolean> {
  if (await hasReceipt(vault.storage, payload)) return true;
  return whole !== undefined && hasReceipt(vault.storage, { ...payload, channel: whole });
}

/** The receiver has it: a receipt that cannot be written must not have it told again. Resolves with what to add. */
async function noteTaken(
  payload: DeliverPayload,
  detail: string,
  { vault, now }: DeliverDependencies,
): Promise<string> {
  try {
    await writeReceipt(vault.storage, payload, { takenAt: now().toISOString(), detail });
    return '';
  } catch (error) {
    return `; its receipt could not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Null when it is over before it was told. */
async function tellEvent(
  payload: DeliverPayload,
  channel: ChannelConfig,
  deps: OneDependencies,
): Promise<string | null> {
  const { event } = payload;
  const { now, signal } = deps;
  const incident = await incidentOf(payload, deps.vault);
  if (event !== 'opened' && !leftToPings(channel, incident)) await openedFirst(payload, incident, deps);
  if (event === 'reminded' && incident.resolvedAt !== null) return null;
  return sendIncident(incident, payload, { channel, now, signal });
}

function leftToPings(channel: ChannelConfig, { key }: Incident): boolean {
  return channel.kind === 'healthchecks' && key.startsWith('backup-failed:');
}

async function sendIncident(
  incident: Incident,
  payload: DeliverPayload,
  { channel, now, signal }: Pick<DeliverDependencies, 'now' | 'signal'> & { channel: ChannelConfig },
): Promise<string> {
  const { event } = payload;
  if (event !== 'opened' && event !== 'reminded' && event !== 'resolved') throw mixedUp(payload);
  if (leftToPings(channel, incident)) return 'told by the ping of the run';
  return senderOf(channel, now)(messageOf(incident, payload, event), signal);
}

const runEvents: Readonly<Record<string, Run['event']>> = {
  'run-started': 'start',
  'run-succeeded': 'success',
  'run-failed': 'fail',
};

/**
 * The report of the run, when there is one, is the log beside the ping. Null when the check has heard of what came after: a
 * start that is late would have a run that has ended seem to hang.
 */
async function tellRun(
  payload: DeliverPayload,
  channel: ChannelConfig,
  { vault, signal, story }: DeliverDependencies,
): Promise<string | null> {
  const event = runEvents[payload.event];
  const { run } = payload;
  if (channel.kind !== 'healthchecks' || event === undefined || run === undefined) throw mixedUp(payload);
  if (await hasLaterReceipt(vault.storage, payload).catch(() => false)) return null;
  const report = event === 'start' ? null : await vault.records.get('reports', run.job).catch(() => null);
  const told = (await story?.(run.job).catch(() => '')) ?? '';
  const parts = [...(report === null ? [] : [renderReport(report)]), told].filter((part) => part !== '');
  const log = parts.join('\n') || `${event} of ${run.database}`;
  return pingRun(channel, { event, jobId: run.job, database: run.database, log }, signal);
}

function mixedUp({ event, channel }: DeliverPayload): SagekeepError {
  return new SagekeepError('INVALID_INPUT', `The event ${event} is not for the channel ${channel}.`);
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

async function openedFirst(
  payload: DeliverPayload,
  { openedAt }: Incident,
  deps: OneDependencies,
): Promise<void> {
  if (await isOnRecord({ ...payload, event: 'opened', at: openedAt }, deps)) return;
  throw deliveryFailed(payload.channel, 'it has not heard yet that the incident was opened');
}

function unknownChannel(name: string, channels: readonly ChannelConfig[]): SagekeepError {
  const known = channels.map((channel) => channel.name).join(', ');
  return new SagekeepError('DELIVERY_FAILED', `There is no channel "${name}" to deliver to.`, {
    advice: `Configure it under alerts.channels (configured: ${known || 'none'}).`,
  });
}
