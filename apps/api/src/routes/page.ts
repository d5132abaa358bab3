import type { Api, ApiDependencies } from '../dependencies.ts';
import { statusPage } from '../page/statusPage.ts';
import { readStatus } from '../status/readStatus.ts';

/** `GET /`: the status for people, made on the server. */
export function pageRoutes(app: Api, dependencies: ApiDependencies): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const status = await readStatus(dependencies);
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(statusPage(status));
  });
}
