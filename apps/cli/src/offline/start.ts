import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';
import { type JobContext, jobCatalogue } from '@sagekeep/contracts';
import type { Engine } from '@sagekeep/engine';
import type { JobEvent } from '@sagekeep/runtime';
import type { Started, Work } from '../desk.ts';
import { ownError } from '../explain.ts';
import type { World } from '../world.ts';
import { createContext, newJobId } from './context.ts';
import { patiently } from './patience.ts';
import { perform } from './perform.ts';
import { type Story, viewOf } from './view.ts';

/** A piece of work for this process: it begins when its events are asked for, and its last event always comes. */
export function startHere(world: World, engine: Engine, work: Work): Started {
  const story: Story = { id: newJobId(), work, startedAt: world.now().toISOString(), log: [], detail: null };
  const events = () =>
    new ReadableStream<JobEvent>({
      start: async (controller) => {
        const context = createContext(world, story.id, listener(story, controller));
        controller.enqueue(await ending(story, engine, context));
        controller.close();
      },
    });
  return { id: story.id, queue: jobCatalogue[work.job].queue, state: 'active', board: null, events };
}

function listener(story: Story, controller: ReadableStreamDefaultController<JobEvent>) {
  return {
    log: (line: string) => {
      story.log.push(line);
      controller.enqueue({ type: 'log', line });
    },
    progress: (progress: NonNullable<Story['detail']>) => {
      story.detail = progress;
      controller.enqueue({ type: 'progress', job: viewOf(story, 'active') });
    },
  };
}

async function ending(story: Story, engine: Engine, context: JobContext): Promise<JobEvent> {
  try {
    const result = await patiently(context, () => perform(engine, story.work, context));
    return { type: 'completed', job: viewOf(story, 'completed', { result, progress: 100, ...finished() }) };
  } catch (thrown) {
    const { code, message, advice = null } = ownError(thrown);
    return {
      type: 'failed',
      job: viewOf(story, 'failed', { error: { code, message, advice }, ...finished() }),
    };
  }
}

function finished() {
  return { finishedAt: new Date().toISOString() };
}
