import { freePort } from './ports.ts';

/** Thrown by a server's start when somebody else took its port in the moment between choosing and binding. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** Starts on a fixed port, or on free ones until one is really free. */
export async function onFreePort<T>(
  fixed: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<T> {
  if (fixed !== undefined) return start(fixed);
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (!(error instanceof PortTaken) || tries === 10) throw error;
    }
  }
}
