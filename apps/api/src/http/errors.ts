import type { Log, Problem } from '@sagekeep/contracts';
import { SagekeepError } from '@sagekeep/contracts';
import type { FastifyReply } from 'fastify';
import type { Api } from '../dependencies.ts';
import { problemOf } from './problem.ts';

/** Seconds after which a client may try again when the queue or the storage does not answer. */
const retryAfterSeconds = 5;

/** Makes every error of this instance, unknown routes included, a problem document. */
export function registerErrors(app: Api, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) log.error({ err: error, requestId: request.id }, 'a request failed');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `there is no ${request.method} ${request.url.split('?', 1)[0]}`;
    const advice = 'the routes are listed at /docs';
    return sendProblem(reply, problemOf(new SagekeepError('NOT_FOUND', message, { advice })));
  });
}

/** What was said of a body that now is not sent. */
const bodyHeaders = [
  'content-length',
  'content-disposition',
  'etag',
  'repr-digest',
  'digest',
  'last-modified',
];

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  for (const name of bodyHeaders) reply.removeHeader(name);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="sagekeep"');
  if (problem.status === 503 && !reply.hasHeader('retry-after'))
    reply.header('retry-after', retryAfterSeconds);
  const seconds = problem.facts?.['retryAfterSeconds'];
  if (typeof seconds === 'number') reply.header('retry-after', seconds);
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem);
}
