import { Problem, SagekeepError, type Stack } from '@sagekeep/contracts';

/** The HTTP API of the stack, as its operator. */
export interface Client {
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

/** Answers that are problems become errors that say what the problem says. */
export function createClient(stack: Stack): Client {
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(new URL(path, stack.api), {
      method,
      headers: {
        authorization: `Bearer ${stack.tokens.operator}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    const value: unknown = await answer.json();
    if (!answer.ok) throw refused(path, answer.status, value);
    return value;
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
}

function refused(path: string, status: number, value: unknown): SagekeepError {
  const problem = Problem.safeParse(value);
  const text = problem.success ? problem.data.detail : `HTTP ${status}`;
  const advice = problem.success ? problem.data.advice : undefined;
  return new SagekeepError('API_UNAVAILABLE', `${path}: ${text}`, advice === undefined ? {} : { advice });
}
