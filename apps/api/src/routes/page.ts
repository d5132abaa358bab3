import type { Api, ApiDependencies } from '../dependencies.ts';
import { statusPage } from '../page/statusPage.ts';
import type { History } from '../page/trends.ts';
import { readStatus } from '../status/readStatus.ts';

/** How many observations are read for the plots: three weeks of an hourly look at one database. */
const observationLimit = 1_000;

/** `GET /`: the status for people, made on the server. */
export function pageRoutes(app: Api, dependencies: ApiDependencies): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const [status, history] = await Promise.all([readStatus(dependencies), readHistory(dependencies)]);
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(statusPage(status, history));
  });
}

/** For the plots. A storage that cannot be read is what the status says; the page comes without plots then. */
async function readHistory({ vault }: ApiDependencies): Promise<History> {
  try {
    const [{ backups }, { items }] = await Promise.all([
      vault.catalogue.list(),
      vault.records.list('observations', { limit: observationLimit }),
    ]);
    return { backups, observations: items };
  } catch {
    return { backups: [], observations: [] };
  }
}
