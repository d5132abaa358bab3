import { SagekeepError } from '@sagekeep/contracts';
import type { AlertMessage } from './message.ts';

/** How a message leaves the house. Throws `DELIVERY_FAILED`, retryable; resolves with what the receiver said. */
export type Send = (message: AlertMessage, signal: AbortSignal) => Promise<string>;

/** How long one attempt may take, ms. */
export const sendMs = 15_000;

/** A delivery that did not work; `why` names no URL, for a URL may hold the receiver's token. */
export function deliveryFailed(channel: string, why: string, cause?: unknown): SagekeepError {
  return new SagekeepError('DELIVERY_FAILED', `The channel ${channel} took nothing: ${why}.`, {
    retryable: true,
    advice: 'It is tried again for hours; look at the receiver, and at alerts.channels in the configuration.',
    facts: { channel },
    cause,
  });
}
