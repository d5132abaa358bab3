import {
  Accepted,
  PostRestore,
  PostUndo,
  RestorePage,
  RestoreRecord,
  SagekeepError,
} from '@sagekeep/contracts';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { assertConfirmed } from '../http/confirm.ts';
import { IdempotencyHeaders, IdParams, problems } from '../http/docs.ts';
import { createEnqueue } from '../http/enqueue.ts';
import { assertListed } from '../http/known.ts';
import { noRecord } from '../http/noRecord.ts';
import { PageQuery, pageBy } from '../http/paging.ts';
import { assertRestorable } from '../http/restorable.ts';

const tags = ['restores'];

/** Restores: start one, list them, take one back. */
export function restoreRoutes(app: Api, dependencies: ApiDependencies): void {
  postRestore(app, dependencies);
  listRestores(app, dependencies);
  getRestore(app, dependencies);
  postUndo(app, dependencies);
}

function postRestore(app: Api, dependencies: ApiDependencies): void {
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/restores',
    {
      schema: {
        tags,
        summary: 'Restore a backup or a file; `confirm` must equal `into`, or `database` without it',
        headers: IdempotencyHeaders,
        body: PostRestore,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      const { confirm, withoutSafety, ...asked } = request.body;
      await assertRestorable(dependencies, asked);
      const target = asked.into ?? asked.database;
      assertConfirmed('confirm', confirm, [target]);
      if (withoutSafety !== undefined) assertConfirmed('withoutSafety', withoutSafety, [target]);
      const payload = { ...asked, withoutSafety: withoutSafety !== undefined };
      return enqueue(request, reply, { name: 'restore', payload });
    },
  );
}

function listRestores(app: Api, dependencies: ApiDependencies): void {
  app.get(
    '/restores',
    {
      schema: {
        tags,
        summary: 'What was restored, newest first, and until when it can be undone',
        querystring: PageQuery.extend({ database: z.string().optional() }),
        response: { 200: RestorePage, ...problems },
      },
    },
    async ({ query }) => {
      const { vault } = dependencies;
      if (query.database !== undefined) await assertListed(dependencies, query.database);
      const { items } = await vault.records.list('restores');
      const wanted = items.filter(
        (record) => query.database === undefined || record.database === query.database,
      );
      return pageBy(wanted, query, (record) => `${record.startedAt} ${record.id}`);
    },
  );
}

function getRestore(app: Api, dependencies: ApiDependencies): void {
  app.get(
    '/restores/:id',
    {
      schema: {
        tags,
        summary: 'One restore',
        params: IdParams,
        response: { 200: RestoreRecord, ...problems },
      },
    },
    ({ params }) => findRestore(dependencies, params.id),
  );
}

function postUndo(app: Api, dependencies: ApiDependencies): void {
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/restores/:id/undo',
    {
      schema: {
        tags,
        summary: 'Take a restore back; `confirm` as for the restore',
        headers: IdempotencyHeaders,
        params: IdParams,
        body: PostUndo,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      const record = await findRestore(dependencies, request.params.id);
      assertConfirmed('confirm', request.body.confirm, [record.into, record.database]);
      const payload = { database: record.database, restore: record.id };
      return enqueue(request, reply, { name: 'undo', payload });
    },
  );
}

async function findRestore({ vault }: ApiDependencies, id: string): Promise<RestoreRecord> {
  const record = await vault.records.get('restores', id);
  if (record !== null) return record;
  const unknown = new SagekeepError('UNKNOWN_RESTORE', `there is no restore "${id}"`, {
    advice: 'GET /v1/restores lists them',
  });
  throw await noRecord(vault, { kind: 'restores', id }, unknown);
}
