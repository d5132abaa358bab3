import { SagekeepError } from '@sagekeep/contracts';
import { isSeen } from '@sagekeep/runtime';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { problems } from '../http/docs.ts';
import { assertDatabase } from '../http/known.ts';
import { createApiIncidents } from '../status/incidents.ts';

/** Databases come by configuration or by label, not by a request; one whose labelled container is gone is forgotten by one. */
export function databaseRoutes(app: Api, dependencies: ApiDependencies): void {
  const { vault, log } = dependencies;
  const incidents = createApiIncidents(dependencies);
  const schema = {
    tags: ['databases'],
    summary: 'Forget a database whose labelled container is gone for good; its backups are left alone',
    params: z.object({ name: z.string().min(1).max(300) }),
    response: { 204: z.undefined().describe('forgotten'), ...problems },
  };
  app.delete('/databases/:name', { schema }, async (request, reply) => {
    const { name } = request.params;
    for (const id of await forgettable(dependencies, name)) await vault.records.remove('databases', id);
    const about = { audit: true, who: actorOf(request), what: `forget ${name}`, requestId: request.id };
    log.info(about, 'a database was forgotten');
    // It is forgotten; workers settle what could not be settled here.
    await incidents.settle().catch(() => undefined);
    return reply.code(204).send();
  });
}

/**
 * The ids of the records of this name whose containers nobody sees any more, and of damaged ones: a worker that sees the container
 * writes its record anew. Throws `UNKNOWN_DATABASE`, or `CONFLICT` when there is none.
 */
async function forgettable(dependencies: ApiDependencies, name: string): Promise<string[]> {
  const { items, damaged } = await dependencies.vault.records.list('databases');
  const named = items.filter((record) => record.name === name);
  const now = dependencies.now();
  const gone = named.filter((record) => record.state === 'gone' || !isSeen(record, now));
  const unread = damaged.filter((id) => id.split('@', 1)[0] === name);
  if (gone.length + unread.length > 0) return [...gone.map(({ id }) => id), ...unread];
  const [there] = named;
  if (there !== undefined)
    throw new SagekeepError('CONFLICT', `the labelled container ${there.container} of ${name} is there`, {
      advice: 'remove the container first, or make it anew without the label: then it is forgotten by itself',
    });
  await assertDatabase(dependencies, name);
  throw new SagekeepError('CONFLICT', `${name} is a database of the configuration`, {
    advice: 'take it out of the configuration and restart the API and the workers; its backups stay',
  });
}
