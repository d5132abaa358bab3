import { createBullBoard } from '@bull-board/api';
import type { AppControllerRoute, IServerAdapter } from '@bull-board/api/typings/app';
import { expect, it } from 'vitest';
import { isAllowed } from './allowed.ts';

/** Every route that this version of Bull Board has. */
function allRoutes(): { method: string; route: string }[] {
  let routes: AppControllerRoute[] = [];
  const collector: IServerAdapter = {
    setQueues: () => collector,
    setViewsPath: () => collector,
    setStaticPath: () => collector,
    setEntryRoute: () => collector,
    setErrorHandler: () => collector,
    setUIConfig: () => collector,
    setApiRoutes: (given) => {
      routes = given;
      return collector;
    },
  };
  createBullBoard({ queues: [], serverAdapter: collector });
  return routes.flatMap((route) =>
    [route.method].flat().flatMap((method) => [route.route].flat().map((url) => ({ method, route: url }))),
  );
}

it('allows two writes of all that Bull Board can do', () => {
  const writes = allRoutes().filter(({ method }) => method !== 'get');
  expect(writes.length).toBeGreaterThan(15);
  const params = { queueStatus: 'failed' };
  const allowed = writes.filter(({ method, route }) =>
    isAllowed({ method: method.toUpperCase(), route, params }),
  );
  expect(allowed.map(({ method, route }) => `${method} ${route}`).sort()).toEqual([
    'put /api/queues/:queueName/:jobId/retry',
    'put /api/queues/:queueName/retry/:queueStatus',
  ]);
});

it('runs no completed job again', () => {
  const route = '/api/queues/:queueName/retry/:queueStatus';
  expect(isAllowed({ method: 'PUT', route, params: { queueStatus: 'completed' } })).toBe(false);
});
