import type Docker from 'dockerode';
import { type AnswerLimit, answeredWithin, plainName } from '../docker/index.ts';
import { jobLabel, modelLabel, scratchLabel } from './request.ts';

/** Whether no attempt lives of a job that had a container made like this production container (by its id). */
export type IsDead = (jobId: string, model: string) => boolean | Promise<boolean>;

/** A throw-away container that nobody has a use for. */
export interface LeftContainer {
  readonly name: string;
  /** The production container's id. */
  readonly model: string;
  readonly reason: string;
}

/** Of the containers listed, those past their time, whoever made them, and those whose job is dead. */
export async function findLeft(
  listed: readonly Docker.ContainerInfo[],
  { now, isDead }: { readonly now: Date; readonly isDead: IsDead },
): Promise<LeftContainer[]> {
  const left: LeftContainer[] = [];
  for (const { Names, Labels } of listed) {
    const { [scratchLabel]: until, [jobLabel]: jobId = '', [modelLabel]: model = '' } = Labels;
    if (until === undefined) continue;
    const name = plainName(Names[0] ?? '');
    if (Date.parse(until) < now.getTime())
      left.push({ name, model, reason: `no proof can have a use for it since ${until}` });
    else if (await isDead(jobId, model)) left.push({ name, model, reason: 'the proof that made it is dead' });
  }
  return left;
}

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
  const left = await findLeft(await answeredWithin(listed, options.limit), {
    now: options.now,
    isDead: (jobId, model) => jobId === options.jobId && model === options.model,
  });
  for (const { name } of left) await removeScratch(docker, name, options.limit);
  return left.length;
}

/** Removes one with its volumes. One that is gone already is no error. */
export async function removeScratch(docker: Docker, name: string, limit: AnswerLimit): Promise<void> {
  const removed = docker.getContainer(name).remove({ force: true, v: true });
  await answeredWithin(removed, limit).catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error;
  });
}
