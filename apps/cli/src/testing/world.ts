import { PassThrough } from 'node:stream';
import type { World } from '../world.ts';

/** A world whose outputs are kept, for tests. */
export interface TestWorld extends World {
  written(): { out: string; err: string };
  /** What Ctrl-C does. */
  interrupt(): void;
}

/** By default: no terminal, an empty environment, UTC, and a root that has nothing in it. */
export function testWorld(given: Partial<World> = {}): TestWorld {
  const texts = { out: '', err: '' };
  const controller = new AbortController();
  return {
    environment: {},
    root: '/nonexistent',
    cwd: '/nonexistent',
    user: 'tester',
    timeZone: 'UTC',
    out: { write: (text) => (texts.out += text) },
    err: { write: (text) => (texts.err += text) },
    input: new PassThrough(),
    interrupted: controller.signal,
    now: () => new Date('2026-11-23T12:00:00Z'),
    ...given,
    written: () => ({ ...texts }),
    interrupt: () => controller.abort(),
  };
}
