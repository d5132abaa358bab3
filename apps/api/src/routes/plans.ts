import { Accepted, PostPlan } from '@sagekeep/contracts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdempotencyHeaders, problems } from '../http/docs.ts';
import { createEnqueue } from '../http/enqueue.ts';
import { assertRestorable } from '../http/restorable.ts';

/** `POST /v1/plans`: what a restore would do. A job, because the API reaches no database. */
export function planRoutes(app: Api, dependencies: ApiDependencies): void {
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/plans',
    {
      schema: {
        tags: ['restores'],
        summary: 'Plan a restore; the job’s result is the plan with its hash',
        headers: IdempotencyHeaders,
        body: PostPlan,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      await assertRestorable(dependencies, request.body);
      return enqueue(request, reply, { name: 'plan', payload: request.body });
    },
  );
}
