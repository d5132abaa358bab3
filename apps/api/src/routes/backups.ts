import {
  Accepted,
  type Backup,
  BackupPage,
  Backup as BackupSchema,
  isSagekeepError,
  PostBackup,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdempotencyHeaders, IdParams, problems } from '../http/docs.ts';
import { createEnqueue } from '../http/enqueue.ts';
import { assertDatabase, assertListed, findBackup } from '../http/known.ts';
import { PageQuery, pageBy } from '../http/paging.ts';
import { assertDeletable } from '../http/protected.ts';

const flag = z.enum(['true', 'false']);
const ListQuery = PageQuery.extend({
  database: z.string().optional(),
  proven: flag.optional(),
  entries: flag.default('false').describe('With `true` each inventory comes with its entries'),
});

/** Manifests were checked when they were read; checking megabytes of inventory again would only hold others up. */
const alreadyChecked = () => (data: unknown) => JSON.stringify(data);

const tags = ['backups'];

/** Backups: make one, list them, look at one, delete one. */
export function backupRoutes(app: Api, dependencies: ApiDependencies): void {
  postBackup(app, dependencies);
  listBackups(app, dependencies);
  getBackup(app, dependencies);
  deleteBackup(app, dependencies);
}

function postBackup(app: Api, dependencies: ApiDependencies): void {
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/backups',
    {
      schema: {
        tags,
        summary: 'Make a backup',
        headers: IdempotencyHeaders,
        body: PostBackup,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      await assertDatabase(dependencies, request.body.database);
      return enqueue(request, reply, { name: 'backup', payload: { ...request.body, reason: 'manual' } });
    },
  );
}

function listBackups(app: Api, dependencies: ApiDependencies): void {
  const { vault } = dependencies;
  app.get(
    '/backups',
    {
      schema: {
        tags,
        summary: 'The catalogue, newest first; what looks like a backup and is none is listed as damaged',
        querystring: ListQuery,
        response: { 200: BackupPage, ...problems },
      },
      serializerCompiler: alreadyChecked,
    },
    async ({ query }) => {
      const { database, proven } = query;
      if (database !== undefined) await assertListed(dependencies, database);
      const { backups, damaged } = await vault.catalogue.list({
        ...(database !== undefined && { database }),
        ...(proven !== undefined && { proven: proven === 'true' }),
      });
      const page = pageBy(backups, query, ({ manifest }) => `${manifest.startedAt} ${manifest.id}`);
      const items = query.entries === 'true' ? await wholeOnes(vault, page.items) : page.items;
      return { ...page, items, damaged: query.cursor === undefined ? damaged : [] };
    },
  );
}

function getBackup(app: Api, dependencies: ApiDependencies): void {
  const { vault } = dependencies;
  app.get(
    '/backups/:id',
    {
      schema: {
        tags,
        summary: 'One backup: its whole manifest and its marks',
        params: IdParams,
        response: { 200: BackupSchema, ...problems },
      },
      serializerCompiler: alreadyChecked,
    },
    ({ params }) => findBackup(vault, params.id),
  );
}

function deleteBackup(app: Api, dependencies: ApiDependencies): void {
  const { vault } = dependencies;
  const enqueue = createEnqueue(dependencies);
  app.delete(
    '/backups/:id',
    {
      schema: {
        tags,
        summary: 'Delete a backup, by a job; refused for the newest proven one and for held ones',
        params: IdParams,
        response: { 202: Accepted, ...problems },
      },
    },
    async (request, reply) => {
      const backup = await findBackup(vault, request.params.id);
      await assertDeletable(vault, backup);
      const { database, id } = backup.manifest;
      return enqueue(request, reply, { name: 'cleanup', payload: { database, backup: id } });
    },
  );
}

/** With their entries, one after the other. What was deleted or damaged since the list was made is left out. */
async function wholeOnes({ catalogue }: Vault, listed: readonly Backup[]): Promise<Backup[]> {
  const whole: Backup[] = [];
  for (const { manifest } of listed) {
    try {
      whole.push(await catalogue.get(manifest.id));
    } catch (error) {
      if (!isSagekeepError(error, 'UNKNOWN_BACKUP') && !isSagekeepError(error, 'MANIFEST_DAMAGED'))
        throw error;
    }
  }
  return whole;
}
