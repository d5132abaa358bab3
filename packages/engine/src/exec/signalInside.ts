import { type Inside, startExec } from './startExec.ts';

/** A process inside a container: its pid, and the application name of the attempt that it works for. */
export interface ProcessInside {
  readonly pid: number;
  readonly applicationName: string;
}

/**
 * Run by `sh` with a pid, an application name and a signal. Since the pid was told, the container may have been restarted, or
 * made anew under its name: then that is the number of one of the server's own processes.
 */
export const signalScript =
  'tr "\\0" "\\n" <"/proc/$1/environ" | grep -qxF "PGAPPNAME=$2" && kill -s "$3" "$1"';

/**
 * Sends a signal to a process inside a container. Docker has no call for it: whoever lets go of an exec leaves its
 * process running. A process that is gone already, or another by now, is no error and left alone. Gives up when the signal
 * aborts.
 */
export async function signalInside(
  inside: Inside,
  { pid, applicationName, send }: ProcessInside & { readonly send: 'TERM' | 'KILL' },
  signal: AbortSignal,
): Promise<void> {
  const command = ['sh', '-c', signalScript, 'sh', String(pid), applicationName, send];
  const exec = await startExec(inside, { command, onError: () => undefined, signal });
  const onAbort = () => exec.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  exec.stdin.end();
  for await (const _ of exec.stdout);
  signal.removeEventListener('abort', onAbort);
}
