import {
  type Accepted,
  type JobName,
  type JobPayload,
  type JobView,
  jobCatalogue,
} from '@sagekeep/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { sha256 } from '../auth/digest.ts';
import { actorOf } from '../auth/identity.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { invalidInput } from './problem.ts';
import { issueErrors } from './validation.ts';

/** What a route asks for; who asks is added here, where the job's payload has a place for it. */
export interface JobRequest<N extends JobName> {
  readonly name: N;
  readonly payload: Omit<z.input<(typeof jobCatalogue)[N]['payload']>, 'by'>;
}

/** Puts a job into its queue and answers 202; leaves an audit line. */
export type Enqueue = <N extends JobName>(
  request: FastifyRequest,
  reply: FastifyReply,
  job: JobRequest<N>,
) => Promise<Accepted>;

/**
 * Nothing is in the queue when this fails. With an `Idempotency-Key` the same caller's repeated request gets the
 * first one's job, and a different request under a used key gets `CONFLICT`.
 */
export function createEnqueue({ jobs, log }: Pick<ApiDependencies, 'jobs' | 'log'>): Enqueue {
  return async function enqueue(request, reply, job) {
    const by = actorOf(request);
    const payload = parsePayload(job.name, job.name === 'deliver' ? job.payload : { ...job.payload, by });
    const idempotencyKey = scopedKey(request);
    const view = await jobs.add(job.name, payload, { ...(idempotencyKey && { idempotencyKey }) });
    log.info(
      {
        audit: true,
        who: by,
        what: `add ${job.name}`,
        jobId: view.id,
        queue: view.queue,
        requestId: request.id,
      },
      'a job was added',
    );
    reply.code(202).header('location', linksOf(view).job);
    return { jobId: view.id, queue: view.queue, state: view.state, links: linksOf(view) };
  };
}

/** Paths, relative to wherever the caller reached the API. */
export function linksOf({ queue, id }: Pick<JobView, 'queue' | 'id'>): Accepted['links'] {
  const job = `/v1/jobs/${queue}/${encodeURIComponent(id)}`;
  return { job, events: `${job}/events`, board: `/board/queue/${queue}/${encodeURIComponent(id)}` };
}

function parsePayload<N extends JobName>(name: N, payload: object): JobPayload<N> {
  const parsed = jobCatalogue[name].payload.safeParse(payload);
  if (!parsed.success) throw invalidInput(issueErrors(parsed.error.issues, 'body'));
  return parsed.data as JobPayload<N>;
}

/** A key means the same only for the same caller and route. */
function scopedKey(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || header.trim() === '' || header.length > 255) {
    throw invalidInput([{ field: 'Idempotency-Key', message: 'a text of 1 to 255 characters' }]);
  }
  return sha256(JSON.stringify([actorOf(request), request.method, request.url, header]));
}
