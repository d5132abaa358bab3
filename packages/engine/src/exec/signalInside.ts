import { type Inside, startExec } from './startExec.ts';

/**
 * Sends a signal to a process inside a container. Docker has no call for it: whoever lets go of an exec leaves its
 * process running. A process that is gone already is no error.
 */
export async function signalInside(inside: Inside, pid: number, signal: 'TERM' | 'KILL'): Promise<void> {
  const command = ['sh', '-c', `kill -${signal} ${pid}`];
  const exec = await startExec(inside, { command, onError: () => undefined });
  exec.stdin.end();
  for await (const _ of exec.stdout);
}
