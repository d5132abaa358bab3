import { pageOf, Schedule, ScheduleBody, ScheduleName } from '@sagekeep/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { answerWithin } from '../http/answerWithin.ts';
import { problems } from '../http/docs.ts';
import { createApiSchedules } from '../status/schedules.ts';

const answerMs = 900;
const NameParams = z.object({ name: z.string().max(300) });

/** Schedules: those of the configuration and those that users put; a user's outranks a declared one of its name. */
export function scheduleRoutes(app: Api, dependencies: ApiDependencies): void {
  const schedules = createApiSchedules(dependencies);
  const tags = ['schedules'];

  /** A Redis that has just frozen still counts as ready: ask it something that is bounded, before anything is written. */
  async function assertQueuesAnswer(): Promise<void> {
    await dependencies.jobs.counts();
  }

  app.get(
    '/schedules',
    { schema: { tags, summary: 'All schedules, by name', response: { 200: pageOf(Schedule), ...problems } } },
    async () => ({ items: await answerWithin(answerMs, schedules.list()) }),
  );

  app.get(
    '/schedules/:name',
    {
      schema: { tags, summary: 'One schedule', params: NameParams, response: { 200: Schedule, ...problems } },
    },
    ({ params }) => answerWithin(answerMs, schedules.get(params.name)),
  );

  app.put(
    '/schedules/:name',
    {
      schema: {
        tags,
        summary: 'Add or change a schedule; exactly one of `cron` (five fields) and `everyMs`',
        params: z.object({ name: ScheduleName }),
        body: ScheduleBody,
        response: { 200: Schedule, ...problems },
      },
    },
    async (request) => {
      await assertQueuesAnswer();
      const schedule = await schedules.put(request.params.name, request.body, actorOf(request));
      audit(dependencies, request, `put schedule ${schedule.name}`);
      return schedule;
    },
  );

  app.delete(
    '/schedules/:name',
    {
      schema: {
        tags,
        summary: 'Take back what a user put; a declared schedule is then as declared again',
        params: NameParams,
        response: { 204: z.undefined().describe('taken back'), ...problems },
      },
    },
    async (request, reply) => {
      await assertQueuesAnswer();
      await schedules.remove(request.params.name);
      audit(dependencies, request, `remove schedule ${request.params.name}`);
      return reply.code(204).send();
    },
  );
}

function audit({ log }: ApiDependencies, request: FastifyRequest, what: string): void {
  log.info({ audit: true, who: actorOf(request), what, requestId: request.id }, 'a schedule was changed');
}
