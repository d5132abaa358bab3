import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { secrets } from './stack.ts';

/** Texts by the name of the place they were found in. */
export type Texts = Map<string, string>;

/** A secret as it stands, and as URLs, JSON and base64 (at any offset, its middle) would show it. */
function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64');
    return [whole.slice(4, -4), whole.slice(4, -4).replaceAll('+', '-').replaceAll('/', '_')];
  });
  const inUrl = encodeURIComponent(secret);
  return [secret, inUrl, inUrl.toLowerCase(), JSON.stringify(secret).slice(1, -1), ...inBase64];
}

/** The places whose text holds a secret of the stack. */
export function findSecrets(texts: Texts): string[] {
  const forms = Object.values(secrets).flatMap(formsOf);
  return [...texts].filter(([, text]) => forms.some((form) => text.includes(form))).map(([place]) => place);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Every file below a folder, by its path; but for what a process at work removes before it is read. */
export function* filesBelow(folder: string): Generator<[string, string]> {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    if (entry.isFile()) yield [path, read(path)];
  }
}

/**
 * Arguments and environment of every process below one. Left out is one that was just forked: until it is another program it
 * shows what its parent was started with.
 */
export function whatChildrenShow(parent: number): string {
  return descendants(parent)
    .filter((pid) => !isForkOnly(pid))
    .flatMap((pid) => [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)])
    .join('\n');
}

/** PF_FORKNOEXEC of Linux's include/linux/sched.h in the flags that proc(5) shows, the ninth field. */
function isForkOnly(pid: number): boolean {
  const [, rest = ''] = /\) (.*)$/s.exec(read(`/proc/${pid}/stat`)) ?? [];
  return (Number(rest.split(' ')[6]) & 0x40) !== 0;
}

function descendants(parent: number): number[] {
  const threads = list(`/proc/${parent}/task`);
  const children = threads.flatMap((thread) => read(`/proc/${parent}/task/${thread}/children`).split(' '));
  const pids = children.filter((text) => text !== '').map(Number);
  return pids.flatMap((pid) => [pid, ...descendants(pid)]);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const readers: Readonly<Record<string, (redis: Redis, key: string) => Promise<unknown>>> = {
  string: (redis, key) => redis.get(key),
  hash: (redis, key) => redis.hgetall(key),
  list: (redis, key) => redis.lrange(key, 0, -1),
  set: (redis, key) => redis.smembers(key),
  zset: (redis, key) => redis.zrange(key, '0', '-1', 'WITHSCORES'),
  stream: (redis, key) => redis.xrange(key, '-', '+'),
};

/** Every key of a Redis with its value, and how its clients call themselves. */
export async function everyKey(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const parts = [String(await redis.call('CLIENT', 'LIST'))];
    for (const key of await redis.keys('*')) {
      const value = await readers[await redis.type(key)]?.(redis, key);
      // As they are, not as JSON, which would escape what is searched for.
      parts.push(key, JSON.stringify(value), ...strings(value));
    }
    return parts.join('\n');
  } finally {
    redis.disconnect();
  }
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}
