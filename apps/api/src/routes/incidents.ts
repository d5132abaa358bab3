import { Incident, pageOf, WithReason } from '@sagekeep/contracts';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdParams, problems } from '../http/docs.ts';
import { PageQuery, pageBy } from '../http/paging.ts';
import { createApiIncidents } from '../status/incidents.ts';

/** Causes of trouble: listed, and closed by a person. */
export function incidentRoutes(app: Api, dependencies: ApiDependencies): void {
  listIncidents(app, dependencies);
  closeIncident(app, dependencies);
}

function listIncidents(app: Api, { vault }: ApiDependencies): void {
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

function closeIncident(app: Api, dependencies: ApiDependencies): void {
  const incidents = createApiIncidents(dependencies);
  app.post(
    '/incidents/:id/close',
    {
      schema: {
        tags: ['status'],
        summary:
          'Close an incident that nothing will resolve by itself; seen again, its cause opens a new one',
        params: IdParams,
        body: WithReason,
        response: { 200: Incident, ...problems },
      },
    },
    async (request) => {
      const { id } = request.params;
      const who = actorOf(request);
      const closed = await incidents.close(id, { by: who, reason: request.body.reason });
      const about = { audit: true, who, what: `close ${closed.key}`, requestId: request.id };
      dependencies.log.info(about, 'an incident was closed');
      return closed;
    },
  );
}
