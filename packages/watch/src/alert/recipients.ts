import {
  type ChannelConfig,
  type DeliverJobResult,
  isSagekeepError,
  SagekeepError,
} from '@sagekeep/contracts';

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

/** What became of a delivery to several. Throws `DELIVERY_FAILED`, retryable, and names those who have not taken it. */
export async function allOf(
  deliveries: readonly Promise<DeliverJobResult>[],
  signal: AbortSignal,
): Promise<DeliverJobResult> {
  const outcomes = await Promise.allSettled(deliveries);
  signal.throwIfAborted();
  const errors = outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  const failures = errors.filter((error) => isSagekeepError(error, 'DELIVERY_FAILED'));
  const [first] = failures;
  if (failures.length < errors.length) throw errors.find((error) => !failures.some((one) => one === error));
  if (first !== undefined)
    throw new SagekeepError('DELIVERY_FAILED', failures.map(({ message }) => message).join(' '), {
      retryable: true,
      advice: first.advice,
    });
  const results = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return {
    delivered: results.some(({ delivered }) => delivered),
    detail: [...new Set(results.map(({ detail }) => detail))].join('; '),
  };
}
