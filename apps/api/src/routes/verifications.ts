import { Accepted, PostVerification } from '@sagekeep/contracts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdempotencyHeaders, problems } from '../http/docs.ts';
import { createEnqueue } from '../http/enqueue.ts';
import { assertDatabase, findBackup } from '../http/known.ts';
import { invalidInput } from '../http/problem.ts';

/** `POST /v1/verifications`: check a live database, or prove a backup. */
export function verificationRoutes(app: Api, dependencies: ApiDependencies): void {
  const { vault } = dependencies;
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/verifications',
    {
      schema: {
        tags: ['verifications'],
        summary: 'Check a live database (`database`, `mode`), or prove a backup (`backup`)',
        headers: IdempotencyHeaders,
        body: PostVerification,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      const { body } = request;
      if (body.database !== undefined) await assertDatabase(dependencies, body.database);
      if (!('backup' in body)) return enqueue(request, reply, { name: 'verify', payload: body });
      if (body.backup !== 'latest') {
        const { database } = (await findBackup(vault, body.backup)).manifest;
        if (body.database !== undefined && body.database !== database)
          throw invalidInput([{ field: 'database', message: `the backup is one of ${database}` }]);
      } else if (body.database === undefined) {
        throw invalidInput([
          { field: 'database', message: 'say of which database the latest backup is meant' },
        ]);
      }
      return enqueue(request, reply, { name: 'prove', payload: body });
    },
  );
}
