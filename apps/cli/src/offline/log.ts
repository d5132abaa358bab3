import type { Log } from '@sagekeep/contracts';

/** The engine's log offline: warnings and errors, whose messages are static texts; facts stay out of the terminal. */
export function createQuietLog(note: (line: string) => void): Log {
  const silent = () => undefined;
  const log: Log = {
    debug: silent,
    info: silent,
    warn: (_facts, message) => note(`warning: ${message}`),
    error: (_facts, message) => note(`error: ${message}`),
    child: () => log,
  };
  return log;
}
