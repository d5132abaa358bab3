import type Docker from 'dockerode';
import { type AnswerLimit, answeredWithin } from '../docker/index.ts';
import { jobLabel, modelLabel, scratchLabel } from './request.ts';

export interface SweepScratchOptions {
  readonly jobId: string;
  /** The production container's id. */
  readonly model: string;
  readonly now: Date;
  readonly limit: AnswerLimit;
}

/** Removes throw-away containers past their time, and those that earlier attempts of this job left. Returns how many. */
export async function sweepScratch(docker: Docker, options: SweepScratchOptions): Promise<number> {
  const filters = { label: [scratchLabel] };
  const listed = docker.listContainers({ all: true, filters: JSON.stringify(filters) });
  const found = await answeredWithin(listed, options.limit);
  const over = found.filter(({ Labels }) => {
    const late = Date.parse(Labels[scratchLabel] ?? '') < options.now.getTime();
    return late || (Labels[jobLabel] === options.jobId && Labels[modelLabel] === options.model);
  });
  for (const { Names } of over)
    await removeScratch(docker, (Names[0] ?? '').replace(/^\//, ''), options.limit);
  return over.length;
}

/** Removes one with its volumes. One that is gone already is no error. */
export async function removeScratch(docker: Docker, name: string, limit: AnswerLimit): Promise<void> {
  const removed = docker.getContainer(name).remove({ force: true, v: true });
  await answeredWithin(removed, limit).catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error;
  });
}
