import { AsyncLocalStorage } from 'node:async_hooks';

const started = new AsyncLocalStorage<number>();

/** Remembers when the caller's question began, for every write that its work comes to, however late. */
export function fromNow<T>(work: () => Promise<T>): Promise<T> {
  return started.run(performance.now(), work);
}

/** When the question began to which the present work belongs, on `performance.now()`'s clock. */
export function questionStart(): number {
  return started.getStore() ?? performance.now();
}
