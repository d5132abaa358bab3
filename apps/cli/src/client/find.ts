import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SagekeepError, Stack } from '@sagekeep/contracts';
import type { World } from '../world.ts';

/** Where the API is and with which token to ask it. */
export interface ApiAddress {
  readonly url: string;
  readonly token: string | null;
  /** For messages: which setting named it. */
  readonly source: string;
}

/**
 * The API's address: `--api` and `--token`, else `SAGEKEEP_URL` and `SAGEKEEP_TOKEN` (or `SAGEKEEP_TOKEN_FILE`),
 * else what `npm start` wrote to `data/run/stack.json`. Throws `API_UNAVAILABLE` when none of them is there, and
 * `CONFIGURATION_INVALID` when only that file is, and cannot be read.
 */
export async function findApi(
  given: { api?: string | undefined; token?: string | undefined },
  world: World,
): Promise<ApiAddress> {
  const named = world.environment['SAGEKEEP_URL'] || undefined;
  const stack = await readStack(world.root).catch((error: unknown) => {
    if ((given.api ?? named) === undefined) throw error;
    return null;
  });
  const url = given.api ?? named ?? stack?.api;
  if (url === undefined) {
    throw new SagekeepError('API_UNAVAILABLE', 'No API is configured here, and no local stack is running.', {
      advice: 'Start one with "npm start", or name one by --api and --token (SAGEKEEP_URL, SAGEKEEP_TOKEN).',
    });
  }
  const own = given.token ?? (await environmentToken(world));
  // The local stack's token is only for the local stack.
  const token = own ?? (url === stack?.api ? stack.tokens.operator : null);
  const source = given.api ? '--api' : named ? 'SAGEKEEP_URL' : 'data/run/stack.json';
  return { url: checkedUrl(url, source), token, source };
}

/** The running local stack as `npm start` described it; null when there is none. Throws `CONFIGURATION_INVALID`. */
export async function readStack(root: string): Promise<Stack | null> {
  const path = join(root, 'data/run/stack.json');
  try {
    return Stack.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'damaged';
    if (code === 'ENOENT') return null;
    throw new SagekeepError('CONFIGURATION_INVALID', `${path} cannot be read (${String(code)}).`, {
      advice:
        'Only the user who ran "npm start" may read it, and a new "npm start" writes it anew; or name the API by --api and --token (SAGEKEEP_URL, SAGEKEEP_TOKEN).',
      cause,
    });
  }
}

async function environmentToken(world: World): Promise<string | undefined> {
  const file = world.environment['SAGEKEEP_TOKEN_FILE'];
  if (world.environment['SAGEKEEP_TOKEN'] || !file) return world.environment['SAGEKEEP_TOKEN'] || undefined;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new SagekeepError('CONFIGURATION_INVALID', `SAGEKEEP_TOKEN_FILE cannot be read: ${file}`, {
      advice: 'Name a file that holds the token and that you may read.',
      cause,
    });
  }
}

function checkedUrl(text: string, source: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SagekeepError('CONFIGURATION_INVALID', `${source} is not the address of an API: ${text}`, {
      advice: 'Give one such as http://127.0.0.1:8080',
    });
  }
  return url.href.replace(/\/$/, '');
}
