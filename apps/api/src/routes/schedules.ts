import { pageOf, Schedule, ScheduleBody, ScheduleName, ScheduleSwitch } from '@sagekeep/contracts';
import type { Schedules } from '@sagekeep/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from '../auth/identity.ts';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { answerWithin } from '../http/answerWithin.ts';
import { problems } from '../http/docs.ts';
import { createApiSchedules } from '../status/schedules.ts';

const answerMs = 900;
const tags = ['schedules'];
const NameParams = z.object({ name: z.string().max(300) });

/** Schedules: those of the configuration and those that users put; a user's outranks a declared one of its name. */
export function scheduleRoutes(app: Api, dependencies: ApiDependencies): void {
  const schedules = createApiSchedules(dependencies);
  readSchedules(app, schedules);
  putSchedule(app, { ...dependencies, schedules });
  switchSchedule(app, { ...dependencies, schedules });
  deleteSchedule(app, { ...dependencies, schedules });
}

type Dependencies = ApiDependencies & { readonly schedules: Schedules };

function readSchedules(app: Api, schedules: Schedules): void {
  const all = { summary: 'All schedules, by name', response: { 200: pageOf(Schedule), ...problems } };
  app.get('/schedules', { schema: { tags, ...all } }, async () => ({
    items: await answerWithin(answerMs, schedules.list()),
  }));

  const one = { summary: 'One schedule', params: NameParams, response: { 200: Schedule, ...problems } };
  app.get('/schedules/:name', { schema: { tags, ...one } }, ({ params }) =>
    answerWithin(answerMs, schedules.get(params.name)),
  );
}

function putSchedule(app: Api, dependencies: Dependencies): void {
  const summary = 'Add or change a schedule; exactly one of `cron` (five fields) and `everyMs`';
  const params = z.object({ name: ScheduleName });
  const response = { 200: Schedule, ...problems };
  app.put(
    '/schedules/:name',
    { schema: { tags, summary, params, body: ScheduleBody, response } },
    async (request) => {
      await assertQueuesAnswer(dependencies);
      const schedule = await dependencies.schedules.put(request.params.name, request.body, actorOf(request));
      audit(dependencies, request, `put schedule ${schedule.name}`);
      return schedule;
    },
  );
}

function switchSchedule(app: Api, dependencies: Dependencies): void {
  const summary = 'Switch a schedule on or off; all else stays as it is declared or was put';
  const response = { 200: Schedule, ...problems };
  app.patch(
    '/schedules/:name',
    { schema: { tags, summary, params: NameParams, body: ScheduleSwitch, response } },
    async (request) => {
      const { name } = request.params;
      const { enabled } = request.body;
      await assertQueuesAnswer(dependencies);
      const schedule = await dependencies.schedules.turn(name, enabled, actorOf(request));
      audit(dependencies, request, `turn schedule ${name} ${enabled ? 'on' : 'off'}`);
      return schedule;
    },
  );
}

function deleteSchedule(app: Api, dependencies: Dependencies): void {
  const summary = 'Take back what users said of it; a declared schedule is then as declared again';
  const response = { 204: z.undefined().describe('taken back'), ...problems };
  app.delete(
    '/schedules/:name',
    { schema: { tags, summary, params: NameParams, response } },
    async (request, reply) => {
      await assertQueuesAnswer(dependencies);
      await dependencies.schedules.remove(request.params.name);
      audit(dependencies, request, `remove schedule ${request.params.name}`);
      return reply.code(204).send();
    },
  );
}

/** A Redis that has just frozen still counts as ready: ask it something that is bounded, before anything is written. */
async function assertQueuesAnswer({ jobs }: ApiDependencies): Promise<void> {
  await jobs.counts();
}

function audit({ log }: ApiDependencies, request: FastifyRequest, what: string): void {
  log.info({ audit: true, who: actorOf(request), what, requestId: request.id }, 'a schedule was changed');
}
