import { createHmac } from 'node:crypto';
import { type ChannelConfig, isJson } from '@sagekeep/contracts';
import type { Send } from '../channel.ts';
import type { AlertMessage } from '../message.ts';
import { post } from '../post.ts';
import { fillTemplate } from '../template.ts';

type Webhook = Extract<ChannelConfig, { kind: 'webhook' }>;

/**
 * Posts JSON, or the configured body template. With a secret, `X-Sagekeep-Signature` is `sha256=` and the HMAC-SHA-256
 * of `<X-Sagekeep-Timestamp>.<body>` in hex: what a receiver compares to know that it was us, and when.
 */
export function createWebhook({ name, url, secret, body }: Webhook, now: () => Date): Send {
  return (message, signal) => {
    const text = body === null ? JSON.stringify(fieldsOf(message)) : fillTemplate(body, fieldsOf(message));
    const timestamp = String(Math.floor(now().getTime() / 1000));
    const headers = {
      'content-type': isJson(text) ? 'application/json' : 'text/plain; charset=utf-8',
      'user-agent': 'sagekeep',
      'x-sagekeep-delivery': message.deliveryId,
      'x-sagekeep-timestamp': timestamp,
      ...(secret === null ? {} : { 'x-sagekeep-signature': signature(secret, timestamp, text) }),
    };
    return post({ channel: name, url, body: text, headers, signal });
  };
}

export function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** The fields of the JSON, and the names that a template may use. */
function fieldsOf(message: AlertMessage): Record<string, string | number | null> {
  const { deliveryId, event, severity, incident, key, database, subject } = message;
  const { title, detail, advice, openedAt, resolvedAt, occurrences, text } = message;
  return {
    ...{ delivery: deliveryId, event, severity, incident, key, database, subject },
    ...{ title, detail, advice, openedAt, resolvedAt, occurrences, text },
  };
}
