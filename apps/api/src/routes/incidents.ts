import { Incident, pageOf } from '@sagekeep/contracts';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { problems } from '../http/docs.ts';
import { PageQuery, pageBy } from '../http/paging.ts';

/** `GET /v1/incidents`: causes of trouble, the newest first. */
export function incidentRoutes(app: Api, { vault }: ApiDependencies): void {
  app.get(
    '/incidents',
    {
      schema: {
        tags: ['status'],
        summary: 'Incidents, newest first',
        querystring: PageQuery.extend({ state: z.enum(['open', 'resolved', 'all']).default('all') }),
        response: { 200: pageOf(Incident), ...problems },
      },
    },
    async ({ query }) => {
      const { items } = await vault.records.list('incidents');
      const wanted = items.filter(
        ({ resolvedAt }) => query.state === 'all' || (query.state === 'open') === (resolvedAt === null),
      );
      return pageBy(wanted, query, (incident) => `${incident.openedAt} ${incident.id}`);
    },
  );
}
