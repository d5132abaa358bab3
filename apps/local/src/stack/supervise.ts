import { setTimeout } from 'node:timers/promises';

/** One process of the stack while it runs. */
export interface Running {
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Something that can be started, and started again after it was killed. */
export interface Part<R extends Running = Running> {
  readonly name: string;
  start(): Promise<R>;
}

export interface Supervisor {
  /** Starts a part and keeps it running; rejects when its first start fails. */
  run<R extends Running>(part: Part<R>): Promise<R>;
  pids(): Record<string, number>;
  /** Resolves with the reason when a part cannot be kept running. */
  readonly gaveUp: Promise<string>;
  /** Ends every part, also one that is just being started: the youngest first, each before the next. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  readonly say: (line: string) => void;
  /** A part runs under another pid now. */
  readonly changed: () => void;
  readonly now: () => number;
  /** Between two tries to start again what has died, at first; default 500 ms. */
  readonly pauseMs?: number;
}

/** A part that dies more often than this within the time is not started again. */
const limit = { deaths: 3, withinMs: 30_000 };

/** A killed server may leave children that hold its memory or its port for a moment. */
const startTries = 5;
const defaultPauseMs = 500;

interface Kept {
  readonly part: Part;
  pid: number;
  /** The run that is, or is being started. */
  current: Promise<Running>;
  deaths: readonly number[];
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const kept: Kept[] = [];
  let stopping = false;
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<string>();

  function watched<R extends Running>(entry: Kept, running: R): R {
    entry.pid = running.pid;
    void running.exited.then(() => onExit(entry));
    return running;
  }

  function onExit(entry: Kept): void {
    if (stopping) return;
    const { name } = entry.part;
    entry.deaths = [...entry.deaths, options.now()].filter((at) => options.now() - at < limit.withinMs);
    if (entry.deaths.length > limit.deaths) {
      giveUp(`${name} ended ${entry.deaths.length} times in a row`);
      return;
    }
    options.say(`${name} ended; starting it again`);
    entry.current = startAgain(entry.part).then((running) => watched(entry, running));
    entry.current.then(options.changed, (error: unknown) =>
      giveUp(`${name} could not be started again: ${error}`),
    );
  }

  async function startAgain(part: Part): Promise<Running> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await part.start();
      } catch (error) {
        if (stopping || tries === startTries) throw error;
        options.say(`${part.name} did not start; trying again`);
        await setTimeout((options.pauseMs ?? defaultPauseMs) * tries);
      }
    }
  }

  return {
    gaveUp,
    pids: () => Object.fromEntries(kept.map((entry) => [entry.part.name, entry.pid])),
    async run(part) {
      const started = part.start();
      const entry: Kept = { part, pid: 0, deaths: [], current: started };
      kept.push(entry);
      return watched(entry, await started);
    },
    async stop() {
      stopping = true;
      for (const entry of kept.toReversed()) {
        const running = await entry.current.catch(() => undefined);
        await running?.stop();
      }
    },
  };
}
