import type { Progress } from '@sagekeep/contracts';
import { storyLine } from '../format/story.ts';
import type { World } from '../world.ts';
import { barLine, progressLine } from './progressLine.ts';

/** Shows a job while it runs. */
export interface Display {
  progress(progress: Progress): void;
  /** A line of the job's story. */
  line(text: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** A bar that stays on its line and the story above it. */
export function createBarDisplay(world: World): Display {
  let shown = '';
  const clear = () => {
    if (shown !== '') world.err.write('\r\u001b[2K');
  };
  const draw = (text: string) => {
    clear();
    shown = text;
    world.err.write(text);
  };
  return {
    progress: (progress) => draw(barLine(progress, world.err.columns ?? 80)),
    line: (text) => {
      clear();
      world.err.write(`  ${storyLine(text, world.timeZone)}\n`);
      if (shown !== '') world.err.write(shown);
    },
    end: () => {
      clear();
      shown = '';
    },
  };
}

/** The story and, whenever the phase changes or another tenth is done, one line of progress. */
export function createLinesDisplay(world: World): Display {
  let last = '';
  return {
    progress: (progress) => {
      const step = `${progress.phase} ${Math.floor(progress.progress / 10)}`;
      if (step === last) return;
      last = step;
      world.err.write(`${progressLine(progress)}\n`);
    },
    line: (text) => {
      world.err.write(`  ${storyLine(text, world.timeZone)}\n`);
    },
    end: () => undefined,
  };
}

export function createDisplay(world: World): Display {
  return world.err.isTTY ? createBarDisplay(world) : createLinesDisplay(world);
}
