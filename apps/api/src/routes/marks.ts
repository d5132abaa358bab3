import { type Mark, Marks, SagekeepError, WithReason } from '@sagekeep/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdParams, problems } from '../http/docs.ts';
import { findBackup } from '../http/known.ts';
import { createApiIncidents } from '../status/incidents.ts';

const tags = ['backups'];
const marked = { params: IdParams, body: WithReason, response: { 200: Marks, ...problems } };

/** What people say about a backup: hold it, release it, acknowledge that a suspect one was looked at. */
export function markRoutes(app: Api, dependencies: ApiDependencies): void {
  putHold(app, dependencies);
  deleteHold(app, dependencies);
  postAcknowledgement(app, dependencies);
}

function putHold(app: Api, dependencies: ApiDependencies): void {
  const summary = 'Keep a backup from retention and deletion until it is released';
  app.put('/backups/:id/hold', { schema: { tags, summary, ...marked } }, async (request) => {
    const { manifest } = await findBackup(dependencies.vault, request.params.id);
    return mark(dependencies, request, { id: manifest.id, kind: 'hold', reason: request.body.reason });
  });
}

function deleteHold(app: Api, dependencies: ApiDependencies): void {
  const response = { 204: z.undefined().describe('released'), ...problems };
  const summary = 'Release a held backup; one that is not held stays as it is';
  app.delete(
    '/backups/:id/hold',
    { schema: { tags, summary, params: IdParams, response } },
    async (request, reply) => {
      const { manifest } = await findBackup(dependencies.vault, request.params.id);
      await dependencies.vault.catalogue.unmark(manifest.id, 'hold');
      audit(dependencies, request, `release ${manifest.id}`);
      return reply.code(204).send();
    },
  );
}

function postAcknowledgement(app: Api, dependencies: ApiDependencies): void {
  const incidents = createApiIncidents(dependencies);
  const summary = 'Say that a suspect backup was looked at, so that retention goes on';
  app.post('/backups/:id/acknowledge', { schema: { tags, summary, ...marked } }, async (request) => {
    const { manifest, marks } = await findBackup(dependencies.vault, request.params.id);
    if (marks.suspect === null) throw new SagekeepError('CONFLICT', `${manifest.id} is not suspect`);
    const { reason } = request.body;
    const said = await mark(dependencies, request, { id: manifest.id, kind: 'acknowledgement', reason });
    // The acknowledgement stands; workers settle what could not be settled here.
    await incidents.settle().catch(() => undefined);
    return said;
  });
}

interface Said {
  readonly id: string;
  readonly kind: 'hold' | 'acknowledgement';
  readonly reason: string;
}

async function mark(
  dependencies: ApiDependencies,
  request: FastifyRequest,
  { id, kind, reason }: Said,
): Promise<Marks> {
  const { catalogue } = dependencies.vault;
  const made: Mark = { kind, at: dependencies.now().toISOString(), by: actorOf(request), reason };
  await catalogue.mark(id, made);
  audit(dependencies, request, `${kind} ${id}`);
  return (await catalogue.get(id)).marks;
}

function audit({ log }: ApiDependencies, request: FastifyRequest, what: string): void {
  log.info({ audit: true, who: actorOf(request), what, requestId: request.id }, 'a backup was marked');
}
