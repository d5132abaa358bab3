import type { AppControllerRoute, HTTPMethod } from '@bull-board/api/typings/app';
import fastifyStatic from '@fastify/static';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { answerFor, type Boards } from './answer.ts';
import { defineBoard } from './definition.ts';
import { boardPage } from './template.ts';

/** Where the board lives; the browser's path must be the same. */
export const boardPath = '/board';

/** Mounts Bull Board below `boardPath`, in a scope whose guard has already identified the caller. */
export async function registerBoard(app: Api, dependencies: ApiDependencies): Promise<void> {
  const { jobs } = dependencies;
  const boards: Boards = { viewer: defineBoard(jobs, 'viewer'), operator: defineBoard(jobs, 'operator') };
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

interface Mounted {
  readonly dependencies: ApiDependencies;
  readonly boards: Boards;
  readonly route: AppControllerRoute;
}

function registerRoute(app: Api, { route, ...mounted }: Mounted): void {
  const method = [route.method].flat().map((name) => name.toUpperCase() as Uppercase<HTTPMethod>);
  for (const url of [route.route].flat()) {
    app.route({ method, url, schema: { hide: true }, handler: answerFor({ ...mounted, route, url }) });
  }
}
