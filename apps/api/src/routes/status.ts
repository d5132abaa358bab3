import { Status } from '@sagekeep/contracts';
import { renderStatus } from '@sagekeep/watch';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { prefersText } from '../http/accept.ts';
import { problems } from '../http/docs.ts';
import { readStatus } from '../status/readStatus.ts';

/** `GET /v1/status`: whether one may sleep, as JSON, or as text by `Accept: text/plain`. */
export function statusRoutes(app: Api, dependencies: ApiDependencies): void {
  app.get(
    '/status',
    {
      schema: {
        tags: ['status'],
        summary: 'Per database: last backup, last proof, RPO and RTO; storage, queues, workers, incidents',
        response: {
          200: {
            description: 'The status',
            content: { 'application/json': { schema: Status }, 'text/plain': { schema: z.string() } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const status = await readStatus(dependencies);
      if (!prefersText(request.headers.accept)) return status;
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .serializer((text: unknown) => String(text))
        .send(renderStatus(status));
    },
  );
}
