import type { AppControllerRoute } from '@bull-board/api/typings/app';
import { type Role, SagekeepError } from '@sagekeep/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../auth/identity.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerWithin } from '../http/answerWithin.ts';
import { isAllowed } from './allowed.ts';
import type { BoardDefinition } from './definition.ts';

export type Boards = Readonly<Record<Role, BoardDefinition>>;

export interface MountedRoute {
  readonly dependencies: ApiDependencies;
  readonly boards: Boards;
  readonly route: AppControllerRoute;
  /** The pattern that this route is mounted at. */
  readonly url: string;
}

/** The page polls; what it shows is read in a few ms unless Redis is frozen. */
const answerMs = 3_000;

/** The handler of one of Bull Board's routes: checked against the allow-list, on the caller's board, with an audit line. */
export function answerFor({ dependencies, boards, route, url }: MountedRoute) {
  return async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const params = request.params as Record<string, unknown>;
    if (!isAllowed({ method: request.method, route: url, params })) return refuse(reply);
    await assertQueuesAnswer(request, dependencies);
    const { queues, uiConfig } = boards[request.identity?.role ?? 'viewer'];
    const handling = Promise.resolve(route.handler({ queues, uiConfig, ...partsOf(request) }));
    const handled = await (isRead(request) ? answerWithin(answerMs, handling) : handling);
    const status = handled.status ?? 200;
    if (!isRead(request)) audit(dependencies, request, status);
    return reply.code(status).header('cache-control', 'no-store').send(handled.body);
  };
}

function partsOf(request: FastifyRequest) {
  return {
    params: request.params as Record<string, unknown>,
    query: request.query as Record<string, unknown>,
    body: (request.body ?? {}) as Record<string, unknown>,
    headers: request.headers as Record<string, string | undefined>,
  };
}

/** A write is begun only when Redis has just answered, so that it is not carried out after a 503. */
async function assertQueuesAnswer(request: FastifyRequest, { jobs }: ApiDependencies): Promise<void> {
  if (!jobs.ready()) {
    throw new SagekeepError('QUEUE_UNAVAILABLE', 'Redis does not answer', { retryable: true });
  }
  if (!isRead(request)) await jobs.counts();
}

function isRead(request: FastifyRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function refuse(reply: FastifyReply): FastifyReply {
  const error = 'Not from this page: use sagekeep or the API, where it is checked and recorded.';
  return reply.code(403).send({ error });
}

function audit({ log }: ApiDependencies, request: FastifyRequest, status: number): void {
  const { queueName: queue, jobId = 'all failed' } = request.params as Record<string, unknown>;
  const who = actorOf(request);
  const facts = {
    audit: true,
    who,
    what: 'retry from the board',
    queue,
    jobId,
    status,
    requestId: request.id,
  };
  log.info(facts, 'a job was changed');
}
