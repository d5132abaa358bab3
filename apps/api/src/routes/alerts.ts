import { Accepted, SagekeepError } from '@sagekeep/contracts';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { IdempotencyHeaders, problems } from '../http/docs.ts';
import { createEnqueue } from '../http/enqueue.ts';

const PostAlertTest = z.strictObject({ channel: z.string().min(1).max(200) });

/** `POST /v1/alerts/test`: proves the way to a channel by a message that says that it is a test. */
export function alertRoutes(app: Api, dependencies: ApiDependencies): void {
  const enqueue = createEnqueue(dependencies);
  app.post(
    '/alerts/test',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Send a test message to a channel',
        headers: IdempotencyHeaders,
        body: PostAlertTest,
        response: { 202: Accepted, ...problems },
      },
    },
    (request, reply) => {
      const { channel } = request.body;
      assertChannel(dependencies, channel);
      const at = dependencies.now().toISOString();
      return enqueue(request, reply, {
        name: 'deliver',
        payload: { incident: 'test', channel, event: 'test', at },
      });
    },
  );
}

function assertChannel({ configuration }: ApiDependencies, name: string): void {
  const known = configuration.alerts.channels.map((channel) => channel.name);
  if (known.includes(name)) return;
  throw new SagekeepError('NOT_FOUND', `there is no alert channel "${name}" in the configuration`, {
    advice: known.length === 0 ? 'no channel is configured' : `known are: ${known.join(', ')}`,
    facts: { known },
  });
}
