import { PassThrough } from 'node:stream';
import { z } from 'zod';
import type { Api, ApiDependencies } from '../dependencies.ts';
import { problems, Streamed } from '../http/docs.ts';
import { writeEvents } from '../http/eventStream.ts';
import { JobParams, queueOf } from './jobs.ts';

const heartbeatMs = 15_000;

/** `GET /v1/jobs/{queue}/{id}/events`: server-sent events `state`, `progress`, `log`, then `completed` or `failed`. */
export function eventRoutes(app: Api, { jobs, log }: ApiDependencies): void {
  const closing = new AbortController();
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });

  app.get(
    '/jobs/:queue/:id/events',
    {
      schema: {
        tags: ['jobs'],
        summary: 'A job’s events as they happen; ends after `completed` or `failed`',
        params: JobParams,
        headers: z.object({ 'last-event-id': z.string().optional() }),
        response: {
          200: {
            description: 'Server-sent events `state`, `progress`, `log`, `completed`, `failed`',
            content: { 'text/event-stream': { schema: Streamed } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const queue = queueOf(request.params);
      await jobs.get(queue, request.params.id);
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      const out = new PassThrough();
      const linesSeen = Number.parseInt(request.headers['last-event-id'] ?? '', 10) || 0;
      writeEvents(jobs.follow(queue, request.params.id, signal), out, { linesSeen, heartbeatMs, signal })
        .catch((error: unknown) =>
          log.warn({ err: error, requestId: request.id }, 'an event stream broke off'),
        )
        .finally(() => out.end());
      return (
        reply
          .header('content-type', 'text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          // Kept alive afterwards, the connection would hold back the close of the server.
          .header('connection', 'close')
          .send(out)
      );
    },
  );
}
