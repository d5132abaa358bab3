import { SagekeepError } from '@sagekeep/contracts';

/** The work's own end, or `STORAGE_FAILED` when it is late: a storage that is gone may not even answer with an error. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new SagekeepError('STORAGE_FAILED', `The storage gave no answer within ${ms} ms.`)),
    ms,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
