import { randomUUID } from 'node:crypto';
import { SagekeepError } from '@sagekeep/contracts';
import type { ApiAddress } from './find.ts';
import { problemOf } from './problem.ts';

/** What checks an answer: one of the contracts' schemas. */
export interface Shape<T> {
  parse(value: unknown): T;
}

export interface Http {
  readonly url: string;
  get<T>(path: string, shape: Shape<T>): Promise<T>;
  /** Everything but GET. A POST carries an `Idempotency-Key`, so that a lost answer may be asked for again. */
  send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    request: { body?: unknown; shape: Shape<T> },
  ): Promise<T>;
  text(path: string): Promise<string>;
  /** An open answer, for events. */
  stream(path: string, signal: AbortSignal): Promise<Response>;
}

/** An answer that nobody reads. */
export const nothing: Shape<null> = { parse: () => null };

const answerWithinMs = 15_000;

/**
 * Asks the API. Throws `API_UNAVAILABLE` when it does not answer, the API's own problem when it refuses, and `INTERNAL`
 * when an answer is not what this version understands.
 */
export function createHttp({ url, token, source }: ApiAddress): Http {
  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    const signal = init.signal ?? AbortSignal.timeout(answerWithinMs);
    const response = await fetch(url + path, { ...init, headers, signal, redirect: 'error' }).catch(
      (cause: unknown) => {
        throw unreachable(url, source, cause);
      },
    );
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  return {
    url,
    get: async (path, shape) => checked(await ask(path, {}), shape),
    send: async (method, path, { body, shape }) => {
      const headers = new Headers();
      if (method === 'POST') headers.set('idempotency-key', randomUUID());
      if (body !== undefined) headers.set('content-type', 'application/json');
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      return checked(await ask(path, init), shape);
    },
    text: async (path) => (await ask(path, { headers: { accept: 'text/plain' } })).text(),
    stream: (path, signal) => ask(path, { headers: { accept: 'text/event-stream' }, signal }),
  };
}

async function checked<T>(response: Response, shape: Shape<T>): Promise<T> {
  if (shape === nothing) return shape.parse(null);
  const body: unknown = await response.json().catch(() => undefined);
  try {
    return shape.parse(body);
  } catch (cause) {
    throw new SagekeepError(
      'INTERNAL',
      `The API's answer to ${new URL(response.url).pathname} was not understood.`,
      {
        advice: 'The API and this command line may be of different versions: bring both to the same one.',
        cause,
      },
    );
  }
}

function unreachable(url: string, source: string, cause: unknown): SagekeepError {
  const reason = cause instanceof Error ? cause : new Error(String(cause));
  const words =
    reason.name === 'TimeoutError'
      ? `no answer within ${answerWithinMs / 1000} s`
      : reason.cause instanceof Error
        ? (codeOf(reason.cause) ?? reason.cause.message)
        : reason.message;
  return new SagekeepError(
    'API_UNAVAILABLE',
    `The API at ${url} (from ${source}) does not answer: ${words}.`,
    {
      retryable: true,
      cause,
    },
  );
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
