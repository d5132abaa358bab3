import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { answered } from './answered.ts';
import { dockerClient } from './client.ts';

/** What happened to a container, as Docker says it. */
export interface ContainerEvent {
  readonly at: Date;
  /** The same in nanoseconds since 1970, as finely as Docker tells events apart. */
  readonly nano: number;
  /** `start`, `die`, `oom`, `restart`, `health_status: unhealthy` … */
  readonly action: string;
  readonly container: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly exitCode: number | null;
}

export interface FollowOptions {
  readonly dockerHost: string;
  readonly signal: AbortSignal;
  /** Events up to then are known, nanoseconds since 1970; left out: up to now. */
  readonly sinceNano?: number;
  readonly onEvent: (event: ContainerEvent) => void;
  /** Whether the stream stands; with the reason when it has ended. Called when that changes. */
  readonly onState: (following: boolean, error?: Error) => void;
  /** How long until the next try, ms. */
  readonly retryMs?: number;
}

/** A Docker that takes longer than this to open the stream hangs, ms. */
const openMs = 30_000;

const lifeCycle = 'create destroy die health_status kill oom pause rename restart start stop unpause'.split(
  ' ',
);

/**
 * Follows the life-cycle events of all containers until the signal ends it, what has happened since `sinceNano` first, as far
 * back as Docker remembers; a stream that breaks is opened again from the last event on. Never throws.
 */
export async function followContainerEvents(options: FollowOptions): Promise<void> {
  const { signal, onState, retryMs = 5_000 } = options;
  let lastNano = options.sinceNano ?? Date.now() * 1e6;
  let following: boolean | null = null;
  const tell = (now: boolean, error?: Error) => {
    if (following !== now) onState(now, error);
    following = now;
  };
  while (!signal.aborted) {
    try {
      await followOnce({
        options,
        since: lastNano,
        onOpen: () => tell(true),
        seen: (nano) => (lastNano = nano),
      });
      if (!signal.aborted) tell(false, new Error('Docker has ended the stream of its events'));
    } catch (error) {
      if (!signal.aborted) tell(false, error instanceof Error ? error : new Error(String(error)));
    }
    await wait(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

interface Stream {
  readonly options: FollowOptions;
  /** Nanoseconds since 1970; events up to then are known. */
  readonly since: number;
  readonly onOpen: () => void;
  readonly seen: (nano: number) => void;
}

async function followOnce({ options, since, onOpen, seen }: Stream): Promise<void> {
  const { signal, onEvent } = options;
  const opening = new AbortController();
  const ended = AbortSignal.any([signal, opening.signal]);
  const asked = dockerClient(options.dockerHost).getEvents({
    since: Math.floor(since / 1e9),
    filters: { type: ['container'], event: lifeCycle },
    abortSignal: ended,
  });
  const silent = new Error(`Docker did not open the stream of its events within ${openMs} ms`);
  const limit = setTimeout(() => opening.abort(silent), openMs);
  const stream = await answered(asked, ended).finally(() => clearTimeout(limit));
  onOpen();
  for await (const line of createInterface({ input: stream, signal })) {
    const raw = rawEvent(line);
    if (raw === null || raw.timeNano <= since) continue;
    seen(raw.timeNano);
    onEvent(eventOf(raw));
  }
}

interface RawEvent {
  readonly Action: string;
  readonly timeNano: number;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

/** Null for what is no event. */
function rawEvent(line: string): RawEvent | null {
  try {
    const raw = JSON.parse(line) as Partial<RawEvent>;
    const whole = typeof raw.Action === 'string' && typeof raw.timeNano === 'number';
    return whole && raw.Actor?.Attributes !== undefined ? (raw as RawEvent) : null;
  } catch {
    return null;
  }
}

/** Docker puts labels and facts of its own into one list. */
function eventOf({ Action, timeNano, Actor }: RawEvent): ContainerEvent {
  const { name = '', exitCode, ...labels } = Actor.Attributes;
  return {
    at: new Date(timeNano / 1e6),
    nano: timeNano,
    action: Action,
    container: name,
    labels,
    exitCode: exitCode === undefined ? null : Number(exitCode),
  };
}
