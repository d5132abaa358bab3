import { Report, SagekeepError } from '@sagekeep/contracts';
import { renderReport } from '@sagekeep/watch';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { prefersText } from '../http/accept.ts';
import { IdParams, problems } from '../http/docs.ts';
import { noRecord } from '../http/noRecord.ts';

/** `GET /v1/reports/{id}`: what a job did, as JSON, or as text by `Accept: text/plain`. The id is the job's. */
export function reportRoutes(app: Api, { vault }: ApiDependencies): void {
  app.get(
    '/reports/:id',
    {
      schema: {
        tags: ['reports'],
        summary: 'The report of a job, by the job’s id',
        params: IdParams,
        response: {
          200: {
            description: 'The report',
            content: { 'application/json': { schema: Report }, 'text/plain': { schema: z.string() } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const report = await vault.records.get('reports', id);
      if (report === null) {
        const unknown = new SagekeepError('UNKNOWN_REPORT', `there is no report "${id}"`);
        throw await noRecord(vault, { kind: 'reports', id }, unknown);
      }
      if (!prefersText(request.headers.accept)) return report;
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .serializer((text: unknown) => String(text))
        .send(renderReport(report));
    },
  );
}
