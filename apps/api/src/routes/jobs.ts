import { JobState, JobView, pageOf, QueueName, SagekeepError } from '@sagekeep/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdParams, problems } from '../http/docs.ts';
import { PageQuery } from '../http/paging.ts';

/** A queue that does not exist holds no job: 404, not bad input. */
export const JobParams = IdParams.extend({ queue: z.string() });

const tags = ['jobs'];
const oneJob = { tags, params: JobParams, response: { 200: JobView, ...problems } };

/** Jobs: list them, look at one, run a failed one again, stop one. */
export function jobRoutes(app: Api, dependencies: ApiDependencies): void {
  readJobs(app, dependencies);
  retryJob(app, dependencies);
  cancelJob(app, dependencies);
}

function readJobs(app: Api, { jobs }: ApiDependencies): void {
  const querystring = PageQuery.extend({ queue: QueueName.optional(), state: JobState.optional() });
  const response = { 200: pageOf(JobView), ...problems };
  app.get('/jobs', { schema: { tags, summary: 'Jobs, newest first', querystring, response } }, ({ query }) =>
    jobs.list(withoutUndefined(query)),
  );
  app.get('/jobs/:queue/:id', { schema: { ...oneJob, summary: 'One job' } }, ({ params }) =>
    jobs.get(queueOf(params), params.id),
  );
}

function retryJob(app: Api, dependencies: ApiDependencies): void {
  const summary = 'Run a failed job again, with its automatic retries';
  app.post('/jobs/:queue/:id/retry', { schema: { ...oneJob, summary } }, async (request) => {
    const job = await dependencies.jobs.retry(queueOf(request.params), request.params.id);
    audit(dependencies, request, 'retry');
    return job;
  });
}

function cancelJob(app: Api, dependencies: ApiDependencies): void {
  const summary = 'Remove a waiting job, or stop a running one wherever it runs';
  app.post('/jobs/:queue/:id/cancel', { schema: { ...oneJob, summary } }, async (request) => {
    const { params } = request;
    const job = await dependencies.jobs.cancel(queueOf(params), params.id, actorOf(request));
    audit(dependencies, request, 'cancel');
    return job;
  });
}

export function queueOf({ queue, id }: z.infer<typeof JobParams>): QueueName {
  const parsed = QueueName.safeParse(queue);
  if (parsed.success) return parsed.data;
  throw new SagekeepError('UNKNOWN_JOB', `there is no job "${id}" in a queue "${queue}"`, {
    advice: `the queues are: ${QueueName.options.join(', ')}`,
  });
}

function audit(
  { log }: ApiDependencies,
  request: FastifyRequest<{ Params: z.infer<typeof JobParams> }>,
  what: string,
): void {
  const { queue, id: jobId } = request.params;
  log.info(
    { audit: true, who: actorOf(request), what, jobId, queue, requestId: request.id },
    'a job was changed',
  );
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(query: T): Defined<T> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Defined<T>;
}
