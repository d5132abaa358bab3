import type { ChannelConfig } from '@sagekeep/contracts';
import { createTransport } from 'nodemailer';
import { deliveryFailed, type Send, sendMs } from '../channel.ts';

type Email = Extract<ChannelConfig, { kind: 'email' }>;

/** Sends plain text by SMTP. The message id is the same for every attempt, so that a repetition can be told. */
export function createEmail({ name, smtp, from, to }: Email): Send {
  return async (message, signal) => {
    const transport = createTransport({
      url: smtp,
      connectionTimeout: sendMs,
      greetingTimeout: sendMs,
      socketTimeout: sendMs,
    });
    const onAbort = () => transport.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const sent = await transport.sendMail({
        from,
        to: [...to],
        subject: message.subject,
        text: `${message.text}\n`,
        messageId: `<${message.deliveryId.replace(/[^\w.-]/g, '-')}@sagekeep>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return sent.response;
    } catch (error) {
      signal.throwIfAborted();
      const { code, responseCode } = error as { code?: string; responseCode?: number };
      throw deliveryFailed(
        name,
        [code, responseCode].filter((part) => part !== undefined).join(' ') || 'SMTP failed',
      );
    } finally {
      signal.removeEventListener('abort', onAbort);
      transport.close();
    }
  };
}
