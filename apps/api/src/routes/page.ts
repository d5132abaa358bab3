import type { Status } from '@sagekeep/contracts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { type CoverageDays, createCoverageDays } from '../page/coverageDays.ts';
import { statusPage } from '../page/statusPage.ts';
import type { History } from '../page/trends.ts';
import { readStatus } from '../status/readStatus.ts';

/** `GET /`: the status for people, made on the server. */
export function pageRoutes(app: Api, dependencies: ApiDependencies): void {
  const { vault } = dependencies;
  const coverageDays = createCoverageDays(vault.records);
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const status = await readStatus(dependencies);
    const history = await readHistory(vault, coverageDays, status);
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(statusPage(status, history));
  });
}

/** For the plots. A storage that cannot be read is what the status says; the page comes without plots then. */
async function readHistory(
  { catalogue }: ApiDependencies['vault'],
  coverageDays: CoverageDays,
  { databases }: Status,
): Promise<History> {
  const covered = databases.filter(({ coverage }) => coverage.length > 0).map(({ database }) => database);
  try {
    const [{ backups }, coverage] = await Promise.all([catalogue.list(), coverageDays(covered)]);
    return { backups, coverage };
  } catch {
    return { backups: [], coverage: [] };
  }
}
