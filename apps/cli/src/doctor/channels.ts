import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import type { ChannelConfig } from '@sagekeep/contracts';
import { type Diagnosis, diagnosis } from './diagnosis.ts';

const answerWithinMs = 3000;
const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'smtp:': 25, 'smtps:': 465 };

/** Whether somebody listens where each channel leads. Nothing is sent: that is what `sagekeep alerts test` does. */
export function examineChannels(channels: readonly ChannelConfig[]): Promise<Diagnosis[]> {
  return Promise.all(
    channels.map((channel) =>
      diagnosis(
        {
          id: `channel:${channel.name}`,
          advice: 'Look at the receiver and at alerts.channels; then prove the path: sagekeep alerts test',
        },
        () => reach(channel),
      ),
    ),
  );
}

async function reach(channel: ChannelConfig): Promise<string> {
  const name = `The channel ${channel.name}`;
  if (channel.kind !== 'syslog') {
    const url = new URL(channel.kind === 'email' ? channel.smtp : channel.url);
    await listens(
      name,
      url.hostname.replace(/^\[|\]$/g, ''),
      Number(url.port) || (ports[url.protocol] ?? 80),
    );
    return `${name} can be reached`;
  }
  if (channel.host !== null) return `${name} is UDP, which cannot tell whether anybody listens`;
  await promisify(execFile)('which', ['logger']).catch(() => {
    throw new Error(`${name} needs "logger", which is not installed`);
  });
  return `${name} is this machine's syslog, by logger`;
}

/** No message repeats the address: a path may hold the receiver's token. */
async function listens(name: string, host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(answerWithinMs) });
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    const reason = why === 'ABORT_ERR' ? `no answer within ${answerWithinMs / 1000} s` : why;
    throw new Error(`${name} cannot be reached: ${reason}`, { cause });
  } finally {
    socket.destroy();
  }
}
