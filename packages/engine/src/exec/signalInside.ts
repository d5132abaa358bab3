import { type Inside, startExec } from './startExec.ts';

/**
 * Sends a signal to a process inside a container. Docker has no call for it: whoever lets go of an exec leaves its
 * process running. A process that is gone already is no error. Gives up when the signal aborts.
 */
export async function signalInside(
  inside: Inside,
  { pid, send }: { pid: number; send: 'TERM' | 'KILL' },
  signal: AbortSignal,
): Promise<void> {
  const command = ['sh', '-c', `kill -${send} ${pid}`];
  const exec = await startExec(inside, { command, onError: () => undefined, signal });
  const onAbort = () => exec.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  exec.stdin.end();
  for await (const _ of exec.stdout);
  signal.removeEventListener('abort', onAbort);
}
