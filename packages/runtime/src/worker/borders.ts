import { existsSync, mkdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Waits at a named border while a test holds it; without a folder it resolves at once. */
export type Border = (name: string, signal: AbortSignal) => Promise<void>;

const lookAgainMs = 50;

/**
 * Borders as files: while `<name>.hold` lies in the folder, whoever comes to that border writes `<name>.reached` (its
 * process id) and waits until the hold is removed or the signal aborts.
 */
export function createBorder(folder: string | null): Border {
  if (folder === null) return () => Promise.resolve();
  mkdirSync(folder, { recursive: true });
  return async (name, signal) => {
    const file = name.replaceAll('/', '_');
    const hold = join(folder, `${file}.hold`);
    if (!existsSync(hold)) return;
    writeFileSync(join(folder, `${file}.reached`), String(process.pid));
    await removed(folder, hold, signal);
    signal.throwIfAborted();
  };
}

async function removed(folder: string, hold: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (signal.aborted || !existsSync(hold)) resolve();
  };
  const watcher = watch(folder, look);
  // Some file systems announce nothing.
  const timer = setInterval(look, lookAgainMs);
  signal.addEventListener('abort', look, { once: true });
  look();
  await promise;
  clearInterval(timer);
  watcher.close();
  signal.removeEventListener('abort', look);
}
