import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SagekeepError } from '@sagekeep/contracts';

const answerWithinMs = 3000;

/** Asks a Redis PING as the worker would reach it. Resolves with a sentence; throws when it does not answer so. */
export async function pingRedis(address: string): Promise<string> {
  const url = new URL(address);
  const place = `${url.hostname}:${url.port || 6379}`;
  const signal = AbortSignal.timeout(answerWithinMs);
  const port = Number(url.port || 6379);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = url.protocol === 'rediss:' ? connectTls({ host, port }) : connect({ host, port });
  try {
    await once(socket, url.protocol === 'rediss:' ? 'secureConnect' : 'connect', { signal });
    socket.write(`${greeting(url)}PING\r\n`);
    await answered(socket, { signal, place });
    return `Redis answers at ${place}`;
  } catch (cause) {
    if (cause instanceof SagekeepError) throw cause;
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new SagekeepError('QUEUE_UNAVAILABLE', `Redis does not answer at ${place}: ${reason}`, { cause });
  } finally {
    socket.destroy();
  }
}

function greeting(url: URL): string {
  if (url.password === '') return '';
  const words = [url.username, url.password].filter((word) => word !== '').map(decodeURIComponent);
  return `*${words.length + 1}\r\n$4\r\nAUTH\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

async function answered(
  socket: NodeJS.ReadableStream,
  { signal, place }: { signal: AbortSignal; place: string },
) {
  let text = '';
  while (!text.includes('+PONG')) {
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
    text += chunk.toString('latin1');
    const refusal = /^-(?<words>[^\r]*)/m.exec(text)?.groups?.['words'];
    if (refusal !== undefined)
      throw new SagekeepError('QUEUE_UNAVAILABLE', `Redis at ${place} says: ${refusal}`);
  }
}
