import { once } from 'node:events';
import { connect } from 'node:net';
import type { ChannelConfig } from '@sagekeep/contracts';
import { findSyslog } from './channels/syslog.ts';

const answerWithinMs = 3000;
const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'smtp:': 25, 'smtps:': 465 };

/**
 * Whether somebody listens where a channel leads. Nothing is sent. Resolves with what was found; throws why nobody can be
 * reached. Neither repeats the address: a path may hold the receiver's token.
 */
export async function reachChannel(channel: ChannelConfig): Promise<string> {
  const name = `The channel ${channel.name}`;
  if (channel.kind === 'syslog') return reachSyslog(name, channel);
  const { hostname, port, protocol } = new URL(channel.kind === 'email' ? channel.smtp : channel.url);
  await listens(name, hostname.replace(/^\[|\]$/g, ''), Number(port) || (ports[protocol] ?? 80));
  return `${name} can be reached`;
}

async function reachSyslog(
  name: string,
  channel: Extract<ChannelConfig, { kind: 'syslog' }>,
): Promise<string> {
  if (channel.host !== null) return `${name} is UDP, which cannot tell whether anybody listens`;
  await findSyslog(channel).catch((cause: unknown) => {
    throw new Error(`${name} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  });
  return `${name} is this machine's syslog, by logger`;
}

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
