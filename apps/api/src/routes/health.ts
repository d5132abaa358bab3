import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';

const Health = z.object({ status: z.literal('ok'), version: z.string() });
const answer = z.enum(['ok', 'no answer']);
const Readiness = z.object({
  status: z.enum(['ready', 'not ready']),
  checks: z.object({ redis: answer, storage: answer }),
});

/** `/healthz`: the process answers. `/readyz`: it can do its work, so Redis and the storage answer too. Both open. */
export function healthRoutes(app: Api, { jobs, vault, toolVersion }: ApiDependencies): void {
  app.get(
    '/healthz',
    { schema: { tags: ['health'], summary: 'The process answers', security: [], response: { 200: Health } } },
    () => ({ status: 'ok' as const, version: toolVersion }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'Redis and the storage answer too',
        security: [],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const storage = await vault.storage.children('').then(
        () => true,
        () => false,
      );
      const redis = jobs.ready();
      const ready = redis && storage;
      return reply.code(ready ? 200 : 503).send({
        status: ready ? 'ready' : 'not ready',
        checks: { redis: redis ? 'ok' : 'no answer', storage: storage ? 'ok' : 'no answer' },
      });
    },
  );
}
