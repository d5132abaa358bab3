/** What a call of Docker says, or the signal's reason when that aborts first: the modem leaves some promises unsettled. */
export function answered<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  call.catch(() => undefined);
  return Promise.race([call, ended]).finally(() => signal.removeEventListener('abort', onAbort));
}
