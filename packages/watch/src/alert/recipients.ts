import {
  type ChannelConfig,
  type DatabaseConfig,
  type DeliverJobResult,
  isSagekeepError,
  SagekeepError,
} from '@sagekeep/contracts';
import { checkOf, ofNoDatabase } from './channels/healthchecks.ts';

/**
 * A channel by those who hear of it. Each recipient of mail gets its own, with its own receipt: a server that refuses one of
 * them keeps nothing from the others, and has nothing repeated to them.
 */
export function recipientsOf(channel: ChannelConfig): ChannelConfig[] {
  if (channel.kind !== 'email' || channel.to.length === 1) return [channel];
  return channel.to.map((address) => ({
    ...channel,
    name: `${channel.name} (${address})`,
    to: [address],
  }));
}

/** Those who hear of a test, which proves each way: where every database has a check of its own, each of these and the rest's. */
export async function testedOf(
  channel: ChannelConfig,
  databases: () => Promise<readonly Pick<DatabaseConfig, 'name'>[]>,
): Promise<ChannelConfig[]> {
  if (channel.kind !== 'healthchecks' || checkOf(channel, 'a') === checkOf(channel, 'b'))
    return recipientsOf(channel);
  const names = new Set([...(await databases()).map(({ name }) => name), ofNoDatabase]);
  return [...names].map((name) => ({
    ...channel,
    name: `${channel.name} (${name})`,
    url: checkOf(channel, name),
  }));
}

/** What became of a delivery to several. Throws `DELIVERY_FAILED`, retryable, and names those who have not taken it. */
export async function allOf(
  deliveries: readonly Promise<DeliverJobResult>[],
  signal: AbortSignal,
): Promise<DeliverJobResult> {
  const { taken, failures } = await outcomesOf(deliveries, signal);
  if (failures.length > 0) throw joined(failures);
  return { delivered: taken.some(({ delivered }) => delivered), detail: detailsOf(taken) };
}

/** What became of a test of several. It is not repeated to those who have it, and so fails only when nobody has. */
export async function testOf(
  deliveries: readonly Promise<DeliverJobResult>[],
  signal: AbortSignal,
): Promise<DeliverJobResult> {
  const { taken, failures } = await outcomesOf(deliveries, signal);
  if (failures.length === 0) return { delivered: true, detail: detailsOf(taken) };
  if (taken.length === 0) throw joined(failures);
  return { delivered: false, detail: `${messagesOf(failures)} Taken by ${detailsOf(taken)}` };
}

interface Outcomes {
  readonly taken: readonly DeliverJobResult[];
  readonly failures: readonly SagekeepError[];
}

/** Throws what is more than a receiver that took nothing. */
async function outcomesOf(
  deliveries: readonly Promise<DeliverJobResult>[],
  signal: AbortSignal,
): Promise<Outcomes> {
  const outcomes = await Promise.allSettled(deliveries);
  signal.throwIfAborted();
  const errors = outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  const failures = errors.filter((error) => isSagekeepError(error, 'DELIVERY_FAILED'));
  if (failures.length < errors.length) throw errors.find((error) => !failures.some((one) => one === error));
  return { taken: outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])), failures };
}

function joined(failures: readonly SagekeepError[]): SagekeepError {
  return new SagekeepError('DELIVERY_FAILED', messagesOf(failures), {
    retryable: true,
    advice: failures[0]?.advice,
  });
}

function messagesOf(failures: readonly SagekeepError[]): string {
  return failures.map(({ message }) => message).join(' ');
}

function detailsOf(taken: readonly DeliverJobResult[]): string {
  return taken.map(({ detail }) => detail).join('; ');
}
