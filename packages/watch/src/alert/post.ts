import { deliveryFailed, sendMs } from './channel.ts';

export interface Post {
  readonly channel: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Posts a text; anything but a 2xx answer within the time limit is `DELIVERY_FAILED`. Follows no redirect. */
export async function post({ channel, url, body, headers, signal }: Post): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(sendMs)]),
    });
    await response.body?.cancel();
  } catch (error) {
    signal.throwIfAborted();
    throw deliveryFailed(channel, reasonOf(error));
  }
  if (!response.ok) throw deliveryFailed(channel, `it answered ${response.status}`);
  return `answered ${response.status}`;
}

/** fetch hides the network's reason in the cause; its own message may repeat the URL. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${sendMs / 1000} s`;
  const { code } = ((error as { cause?: unknown } | null)?.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'it could not be reached';
}
