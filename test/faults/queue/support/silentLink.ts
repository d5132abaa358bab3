import { openLink } from './link.ts';

/** A way to a healthy Redis that falls silent for good, both ways, when a command is sent for the n-th time. */
export function openSilentLink(
  url: string,
  { command, time }: { command: string; time: number },
): Promise<AsyncDisposable & { url: string }> {
  let seen = 0;
  return openLink(url, (chunk, to, pass) => {
    if (to === 'redis') seen += chunk.toString('latin1').toLowerCase().split(`\r\n${command}\r\n`).length - 1;
    if (seen < time) pass();
  });
}
