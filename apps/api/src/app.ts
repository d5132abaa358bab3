import { randomUUID } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { createCredentials } from './auth/credentials.ts';
import { createGuard, type Guards } from './auth/guard.ts';
import { createLoginLimiter } from './auth/limiter.ts';
import { createSessions } from './auth/sessions.ts';
import { boardPath, registerBoard } from './board/board.ts';
import type { Api, ApiDependencies } from './dependencies.ts';
import { registerBodies } from './http/bodies.ts';
import { registerErrors } from './http/errors.ts';
import { registerHeaders } from './http/headers.ts';
import { registerDocs, registerOpenApi } from './http/openapi.ts';
import { registerRequestLog } from './http/requestLog.ts';
import { alertRoutes } from './routes/alerts.ts';
import { backupRoutes } from './routes/backups.ts';
import { cleanupRoutes } from './routes/cleanups.ts';
import { databaseRoutes } from './routes/databases.ts';
import { eventRoutes } from './routes/events.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoutes } from './routes/health.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { jobRoutes } from './routes/jobs.ts';
import { loginRoutes } from './routes/login.ts';
import { markRoutes } from './routes/marks.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { pageRoutes } from './routes/page.ts';
import { planRoutes } from './routes/plans.ts';
import { reportRoutes } from './routes/reports.ts';
import { restoreRoutes } from './routes/restores.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { statusRoutes } from './routes/status.ts';
import { verificationRoutes } from './routes/verifications.ts';

/** Everything below `/v1`: one file per resource. */
const resources = [
  backupRoutes,
  fileRoutes,
  markRoutes,
  jobRoutes,
  eventRoutes,
  planRoutes,
  restoreRoutes,
  verificationRoutes,
  cleanupRoutes,
  scheduleRoutes,
  reportRoutes,
  incidentRoutes,
  alertRoutes,
  statusRoutes,
  databaseRoutes,
];

const bodyLimit = 64 * 1024;
/** How long a client may take to send its request, ms. */
const requestTimeout = 30_000;

/** Builds the HTTP side as a value: it listens to nothing until somebody tells it to, and closes none of its arguments. */
export async function createApp(dependencies: ApiDependencies): Promise<Api> {
  const app = Fastify({
    logger: false,
    bodyLimit,
    requestTimeout,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 500 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('identity', null);
  registerErrors(app, dependencies.log);
  registerBodies(app);
  registerHeaders(app);
  registerRequestLog(app, dependencies.log);
  await app.register(fastifyCookie);
  await registerOpenApi(app, dependencies.toolVersion);
  await registerScopes(app, dependencies);
  return app;
}

async function registerScopes(app: Api, dependencies: ApiDependencies): Promise<void> {
  const { access } = dependencies.configuration;
  const guards: Guards = {
    credentials: createCredentials(access),
    sessions: createSessions(access, dependencies.now),
    limiter: createLoginLimiter(dependencies.now),
  };
  const guard = createGuard(guards);

  await app.register(async (open: Api) => {
    healthRoutes(open, dependencies);
    loginRoutes(open, dependencies, guards);
    await registerDocs(open);
  });
  await app.register(async (guarded: Api) => {
    guarded.addHook('onRequest', guard);
    metricsRoutes(guarded, dependencies);
    pageRoutes(guarded, dependencies);
  });
  await app.register(
    async (v1: Api) => {
      v1.addHook('onRequest', guard);
      for (const routes of resources) routes(v1, dependencies);
    },
    { prefix: '/v1' },
  );
  await app.register(
    async (board: Api) => {
      board.addHook('onRequest', guard);
      await registerBoard(board, dependencies);
    },
    { prefix: boardPath },
  );
}
