import { Accepted, PostCleanup } from '@sagekeep/contracts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdempotencyHeaders, problems } from '../http/docs.ts';
import { createEnqueue } from '../http/enqueue.ts';
import { assertDatabase } from '../http/known.ts';

/** `POST /v1/cleanups`: carry out retention, or say what it would do (`dryRun`). */
export function cleanupRoutes(app: Api, dependencies: ApiDependencies): void {
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/cleanups',
    {
      schema: {
        tags: ['cleanups'],
        summary: 'Clean up by retention; with `dryRun` only plan it',
        headers: IdempotencyHeaders,
        body: PostCleanup,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      if (request.body.database !== undefined) {
        await assertDatabase(dependencies, request.body.database);
      }
      return enqueue(request, reply, { name: 'cleanup', payload: request.body });
    },
  );
}
