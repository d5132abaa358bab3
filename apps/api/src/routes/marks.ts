import { type Mark, Marks, SagekeepError, WithReason } from '@sagekeep/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdParams, problems } from '../http/docs.ts';
import { findBackup } from '../http/known.ts';

/** What people say about a backup: hold it, release it, acknowledge that a suspect one was looked at. */
export function markRoutes(app: Api, dependencies: ApiDependencies): void {
  const { vault, now } = dependencies;
  const tags = ['backups'];

  async function mark(request: FastifyRequest, id: string, made: Mark): Promise<Marks> {
    await vault.catalogue.mark(id, made);
    audit(dependencies, request, `${made.kind} ${id}`);
    return (await vault.catalogue.get(id)).marks;
  }

  app.put(
    '/backups/:id/hold',
    {
      schema: {
        tags,
        summary: 'Keep a backup from retention and deletion until it is released',
        params: IdParams,
        body: WithReason,
        response: { 200: Marks, ...problems },
      },
    },
    async (request) => {
      const { manifest } = await findBackup(vault, request.params.id);
      const at = now().toISOString();
      return mark(request, manifest.id, {
        kind: 'hold',
        at,
        by: actorOf(request),
        reason: request.body.reason,
      });
    },
  );

  app.delete(
    '/backups/:id/hold',
    {
      schema: {
        tags,
        summary: 'Release a held backup; one that is not held stays as it is',
        params: IdParams,
        response: { 204: z.undefined().describe('released'), ...problems },
      },
    },
    async (request, reply) => {
      const { manifest } = await findBackup(vault, request.params.id);
      await vault.catalogue.unmark(manifest.id, 'hold');
      audit(dependencies, request, `release ${manifest.id}`);
      return reply.code(204).send();
    },
  );

  app.post(
    '/backups/:id/acknowledge',
    {
      schema: {
        tags,
        summary: 'Say that a suspect backup was looked at, so that retention goes on',
        params: IdParams,
        body: WithReason,
        response: { 200: Marks, ...problems },
      },
    },
    async (request) => {
      const { manifest, marks } = await findBackup(vault, request.params.id);
      if (marks.suspect === null) throw new SagekeepError('CONFLICT', `${manifest.id} is not suspect`);
      const { reason } = request.body;
      const at = now().toISOString();
      return mark(request, manifest.id, { kind: 'acknowledgement', at, by: actorOf(request), reason });
    },
  );
}

function audit({ log }: ApiDependencies, request: FastifyRequest, what: string): void {
  log.info({ audit: true, who: actorOf(request), what, requestId: request.id }, 'a backup was marked');
}
