import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { ChannelConfig } from '@sagekeep/contracts';
import { deliveryFailed, type Send, sendMs } from '../channel.ts';
import type { AlertMessage } from '../message.ts';

type Syslog = Extract<ChannelConfig, { kind: 'syslog' }>;

/** Facility `daemon`; severities error, warning, notice. */
const facility = 3;
const severities = { fail: 3, warn: 4, ok: 5 } as const;
const priorities = { fail: 'daemon.err', warn: 'daemon.warning', ok: 'daemon.notice' } as const;

/** Larger datagrams may be cut or lost on their way. */
const maxBytes = 2048;

/**
 * Writes to syslog: by RFC 5424 over UDP when a host is given, else to this machine's own by `logger`, as the scripts of
 * old did. UDP gives no receipt: sent is all that can be said.
 */
export function createSyslog(channel: Syslog, now: () => Date): Send {
  const { name, host, port } = channel;
  if (host === null) return (message, signal) => sendLocal(channel, message, signal);
  return (message) => sendUdp({ name, host, port, text: syslogLine(message, now()) });
}

/** Whether `logger` finds a syslog that listens there; nothing is written. Throws the reason why not. */
export async function findSyslog({ socket }: Pick<Syslog, 'socket'>): Promise<void> {
  await log(socket, ['--no-act', '--', 'sagekeep'], AbortSignal.timeout(sendMs));
}

/** `<PRI>1 TIME HOST APP PID MSGID [SD] text`. */
export function syslogLine(message: AlertMessage, at: Date): string {
  const priority = facility * 8 + severities[message.severity];
  const quoted = (value: string) => value.replace(/["\\\]]/g, '\\$&');
  const data = `[sagekeep@32473 incident="${quoted(message.incident)}" key="${quoted(message.key)}" event="${message.event}"]`;
  const host = hostname().replace(/[^!-~]/g, '') || '-';
  const line = `<${priority}>1 ${at.toISOString()} ${host} sagekeep ${process.pid} ${message.event} ${data} \ufeff${oneLine(message)}`;
  return Buffer.from(line)
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '');
}

function oneLine({ subject, detail, advice }: AlertMessage): string {
  return `${subject}: ${detail}${advice === '' ? '' : ` | next: ${advice}`}`;
}

interface Datagram {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly text: string;
}

async function sendUdp({ name, host, port, text }: Datagram): Promise<string> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.once('error', (error) =>
    reject(deliveryFailed(name, (error as { code?: string }).code ?? 'it failed')),
  );
  socket.send(text, port, host, (error) => {
    if (error === null) resolve('sent by UDP, which gives no receipt');
    else reject(deliveryFailed(name, (error as { code?: string }).code ?? 'it failed'));
  });
  return promise.finally(() => socket.close());
}

async function sendLocal(
  { name, socket }: Syslog,
  message: AlertMessage,
  signal: AbortSignal,
): Promise<string> {
  const args = ['-t', 'sagekeep', '-p', priorities[message.severity], '--', oneLine(message)];
  try {
    await log(socket, args, signal);
    return 'written by logger';
  } catch (error) {
    signal.throwIfAborted();
    throw deliveryFailed(name, error instanceof Error ? error.message : String(error), error);
  }
}

/** Left to itself, logger says of a socket that is not there that all went well. */
async function log(socket: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const told = ['--socket-errors=on', '--socket', socket, ...args];
  try {
    await promisify(execFile)('logger', told, { signal, timeout: sendMs, env: { PATH: '/usr/bin:/bin' } });
  } catch (cause) {
    const { code, stderr } = cause as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error('"logger" is not installed', { cause });
    const why = stderr?.trim().replace(/^logger: /, '') || String(code ?? 'it did not end');
    throw new Error(`logger failed (${why})`, { cause });
  }
}
