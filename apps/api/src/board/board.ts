import type { AppControllerRoute, HTTPMethod } from '@bull-board/api/typings/app';
import fastifyStatic from '@fastify/static';
import { type Role, SagekeepError } from '@sagekeep/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { isAllowed } from './allowed.ts';
import { type BoardDefinition, defineBoard } from './definition.ts';
import { boardPage } from './template.ts';

/** Where the board lives; the browser's path must be the same. */
export const boardPath = '/board';

/** Mounts Bull Board below `boardPath`, in a scope whose guard has already identified the caller. */
export async function registerBoard(app: Api, dependencies: ApiDependencies): Promise<void> {
  const { jobs } = dependencies;
  const boards = { viewer: defineBoard(jobs, 'viewer'), operator: defineBoard(jobs, 'operator') };
  const { pages, routes, staticFolder, uiConfig } = boards.operator;
  const page = await boardPage(staticFolder, boardPath, uiConfig);

  await app.register(fastifyStatic, { root: staticFolder, prefix: '/static/', decorateReply: false });
  for (const url of pages) {
    app.get(url, { schema: { hide: true } }, (_request, reply) =>
      reply.header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store').send(page),
    );
  }
  for (const route of routes) registerRoute(app, { dependencies, boards, route });
}

interface BoardRoute {
  readonly dependencies: ApiDependencies;
  readonly boards: Readonly<Record<Role, BoardDefinition>>;
  readonly route: AppControllerRoute;
}

function registerRoute(app: Api, mounted: BoardRoute): void {
  const { route } = mounted;
  const methods = [route.method].flat().map((method) => method.toUpperCase() as Uppercase<HTTPMethod>);
  for (const url of [route.route].flat()) {
    app.route({
      method: methods,
      url,
      schema: { hide: true },
      handler: (request, reply) => answer(request, reply, { ...mounted, url }),
    });
  }
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { dependencies, boards, route, url }: BoardRoute & { url: string },
): Promise<FastifyReply> {
  const params = request.params as Record<string, unknown>;
  if (!isAllowed({ method: request.method, route: url, params })) return refuse(reply);
  if (!dependencies.jobs.ready()) throw new SagekeepError('QUEUE_UNAVAILABLE', 'Redis does not answer');
  const { queues, uiConfig } = boards[request.identity?.role ?? 'viewer'];
  const headers = request.headers as Record<string, string | undefined>;
  const query = request.query as Record<string, unknown>;
  const body = (request.body ?? {}) as Record<string, unknown>;
  const { status = 200, body: result } = await route.handler({
    queues,
    uiConfig,
    params,
    query,
    body,
    headers,
  });
  if (request.method !== 'GET') audit(dependencies, request, status);
  return reply.code(status).header('cache-control', 'no-store').send(result);
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply
    .code(403)
    .send({ error: 'Not from this page: use sagekeep or the API, where it is checked and recorded.' });
}

function audit({ log }: ApiDependencies, request: FastifyRequest, status: number): void {
  const params = request.params as Record<string, unknown>;
  log.info(
    {
      audit: true,
      who: actorOf(request),
      what: 'retry from the board',
      queue: params['queueName'],
      jobId: params['jobId'] ?? 'all failed',
      status,
      requestId: request.id,
    },
    'a job was changed',
  );
}
