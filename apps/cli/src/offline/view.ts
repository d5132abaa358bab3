import { type JobView, jobCatalogue, type Progress } from '@sagekeep/contracts';
import type { Work } from '../desk.ts';

/** What has happened so far to a piece of work that runs here. */
export interface Story {
  readonly id: string;
  readonly work: Work;
  readonly startedAt: string;
  readonly log: string[];
  detail: Progress | null;
}

/** The story in the form of a job, as the API would show it. */
export function viewOf(story: Story, state: JobView['state'], end: Partial<JobView> = {}): JobView {
  const { id, work, startedAt, log, detail } = story;
  return {
    id,
    name: work.job,
    queue: jobCatalogue[work.job].queue,
    state,
    progress: detail?.progress ?? 0,
    phase: detail?.phase ?? null,
    detail,
    attempts: { made: 1, of: 1 },
    payload: 'body' in work ? work.body : { restore: work.restore.id },
    log,
    result: null,
    error: null,
    createdAt: startedAt,
    startedAt,
    finishedAt: null,
    ...end,
  };
}
