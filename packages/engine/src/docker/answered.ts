/** What a call of Docker says, or the signal's reason when that aborts first: the modem leaves some promises unsettled. */
export function answered<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  call.catch(() => undefined);
  return Promise.race([call, ended]).finally(() => signal.removeEventListener('abort', onAbort));
}

export interface AnswerLimit {
  readonly ms: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/** The same for at most `ms`: a daemon that hangs is an error, not a wait for ever. */
export async function answeredWithin<T>(call: Promise<T>, { ms, signal }: AnswerLimit): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`Docker did not answer within ${ms} ms`)), ms);
  const ended = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
  return answered(call, ended).finally(() => clearTimeout(timer));
}
