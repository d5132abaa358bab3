import type { Backup } from '@sagekeep/contracts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { statusPage } from '../page/statusPage.ts';
import { readStatus } from '../status/readStatus.ts';

/** `GET /`: the status for people, made on the server. */
export function pageRoutes(app: Api, dependencies: ApiDependencies): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const [status, backups] = await Promise.all([readStatus(dependencies), readBackups(dependencies)]);
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(statusPage(status, backups));
  });
}

/** For the plots. A storage that cannot be read is what the status says; the page comes without plots then. */
async function readBackups({ vault }: ApiDependencies): Promise<Backup[]> {
  try {
    return (await vault.catalogue.list()).backups;
  } catch {
    return [];
  }
}
