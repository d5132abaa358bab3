import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { run } from './app.ts';
import type { World } from './world.ts';

const interrupt = new AbortController();
// The first Ctrl-C is told to the verb, which says what goes on without it; a second one ends this process at once.
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

/** A container may run as a user id that has no name there. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

const world: World = {
  environment: process.env,
  root: resolve(import.meta.dirname, '../../..'),
  cwd: process.cwd(),
  user: userName(),
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  out: process.stdout,
  err: process.stderr,
  input: process.stdin,
  interrupted: interrupt.signal,
  now: () => new Date(),
};

process.exitCode = await run(process.argv.slice(2), world);
